/// The two scripts of the front door, for sh(1), the same in a container and on this machine.
enum FrontScripts {
    /// Reads a configuration, tests it, says `ready`, and waits for a line; then renames it over the old one, reloads
    /// nginx, waits until no worker takes connections under another one, and says `live`. What goes wrong is said before,
    /// and then `refused`, where the old file is as it was, or `stuck`. Where no line comes, nothing is changed.
    ///
    /// `$1`: bytes of the configuration; `$2`: the live file; `$3`: the file with the master's pid, or nothing where that
    /// is 1; the rest: nginx's command. Whoever reads knows its words by the line that they are alone on.
    static let reload = """
        exec 2>&1
        size=$1 live=$2 pids=$3; shift 3
        umask 022
        refuse() { rm -f "$live.new"; echo refused; exit 3; }
        head -c "$size" >"$live.new" || refuse
        [ "$(wc -c <"$live.new")" -eq "$size" ] || refuse
        # Each configuration listens at a socket of its own name: workers that have it open take connections by it.
        mark=$(sed -n 's/^ *listen unix:\\(.*\\) default_server;$/\\1/p' "$live.new")
        is_live() { [ "$(grep -o " ${mark%-*}-[0-9a-f]*\\$" /proc/net/unix | sort -u)" = " $mark" ]; }
        same=
        if cmp -s "$live.new" "$live" && is_live; then
            same=1
        else
            "$@" -t -q -c "$live.new" && sync "$live.new" || refuse
        fi
        echo ready
        read -r go || { rm -f "$live.new"; exit 0; }
        if [ "$same" ]; then rm -f "$live.new"; echo live; exit 0; fi
        mv -f "$live.new" "$live" || refuse
        master=1
        [ -z "$pids" ] || master=$(cat "$pids")
        kill -HUP "$master" || { echo stuck; exit 4; }
        turns=0
        until is_live; do
            turns=$((turns + 1))
            [ $turns -lt 1000 ] || { echo stuck; exit 4; }
            sleep 0.01
        done
        echo live
        """

    /// nginx's own folder in a container, kept in a volume.
    static let folder = "/etc/nginx/front"

    /// Starts nginx in a container on what was last put live, or else on the file that came with the compose file, and
    /// keeps the shared server's addresses for it.
    static let start = """
        #!/bin/sh
        # Starts nginx on the configuration that polls-admin put live last, or else, when that has no isolated tenants or
        # nginx refuses it, on the one that came with the compose file. Looks every 2 s for the addresses that the shared
        # server's name has, and reloads nginx when they have changed: nginx itself would look once.
        set -eu
        folder=\(folder)
        live=$folder/nginx.conf
        if ! grep -qs '^ *upstream .*_web {' $live || ! nginx -t -q -c $live; then
            cp /etc/nginx/nginx.conf $live.new
            mv $live.new $live
        fi

        shared=$(sed -n "s|^ *include $folder/\\(.*\\)/\\*\\.conf;|\\1|p" $live)
        known=
        look() { # whether there is something new
            # One that was not reached is tried again at once: it may be the only one.
            found=$(timeout 2 getent ahostsv4 "${shared%:*}" | cut -d ' ' -f 1 | sort -u |
                sed "s/.*/server &:${shared##*:} max_fails=0;/")
            [ -n "$found" ] && [ "$found" != "$known" ] || return 1
            known=$found
            mkdir -p "$folder/$shared"
            echo "$known" >"$folder/$shared/servers.new"
            mv "$folder/$shared/servers.new" "$folder/$shared/servers.conf"
        }
        if [ -n "$shared" ]; then
            look || true
            while sleep 2; do
                if look; then kill -HUP 1; fi
            done &
        fi
        # Of an nginx that was killed: it would find its own socket taken.
        rm -f \(NginxConfiguration.Place.container.marks)*
        exec nginx -g 'daemon off;' -c $live

        """
}
