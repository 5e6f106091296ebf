/// The two scripts of the front door, for sh(1), the same in a container and on this machine.
enum FrontScripts {
    /// Puts a configuration live, unless it is: reads it from standard input, tests it, renames it over the old one,
    /// reloads nginx, and waits until no worker takes connections under the old one.
    ///
    /// `$1`: the live file, `$2`: the file with the master's pid, or nothing where that is 1; the rest: nginx's command.
    /// Exits with 3 when nginx refuses the file: then the old one is as it was.
    static let reload = """
        set -eu
        live=$1 pids=$2; shift 2
        umask 022
        cat >"$live.new"
        if cmp -s "$live.new" "$live"; then rm -f "$live.new"; exit 0; fi
        "$@" -t -q -c "$live.new" || { rm -f "$live.new"; exit 3; }
        sync "$live.new"
        mv -f "$live.new" "$live"
        master=1
        [ -z "$pids" ] || master=$(cat "$pids")
        old=$(grep -l "^PPid:[[:space:]]*$master\\$" /proc/[0-9]*/status 2>/dev/null | cut -d / -f 3) || true
        kill -HUP "$master"
        for pid in $old; do
            turns=0
            # A worker that is leaving says so in its command line, and takes no connections.
            while { tr '\\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q 'nginx: worker process *$'; do
                turns=$((turns + 1))
                [ $turns -lt 500 ] || exit 4
                sleep 0.02
            done
        done
        """

    /// Starts nginx in a container on what was last put live, or else on the file that came with the compose file.
    static let start = """
        #!/bin/sh
        # Starts nginx on the configuration that polls-admin put live last, or else, when that has no isolated tenants or
        # nginx refuses it, on the one that came with the compose file.
        set -eu
        live=/etc/nginx/front/nginx.conf
        if ! grep -qs '^ *upstream ' $live || ! nginx -t -q -c $live; then
            cp /etc/nginx/nginx.conf $live.new
            mv $live.new $live
        fi
        exec nginx -g 'daemon off;' -c $live

        """
}
