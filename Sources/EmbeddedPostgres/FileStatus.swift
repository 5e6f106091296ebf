import Glibc

/// What `stat(2)` says of a path.
struct FileStatus {
    var owner: uid_t
    var group: gid_t
    var mode: mode_t
    var size: Int
    var inode: UInt

    /// Follows symbolic links unless told not to. `nil` when the path cannot be read.
    init?(_ path: String, followingLinks: Bool = true) {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.owner = status.st_uid
        self.group = status.st_gid
        self.mode = status.st_mode
        self.size = Int(status.st_size)
        self.inode = UInt(status.st_ino)
    }

    var isFolder: Bool { mode & S_IFMT == S_IFDIR }

    /// Whether `user` may look up names in this folder.
    func isSearchable(by user: ServiceUser) -> Bool {
        if user.uid == owner { return mode & S_IXUSR != 0 }
        if user.gid == group { return mode & S_IXGRP != 0 }
        return mode & S_IXOTH != 0
    }
}
