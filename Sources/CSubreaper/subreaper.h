// prctl(2) takes a variable number of arguments, and such functions cannot be called from Swift.
#pragma once

#ifdef __linux__
#include <sys/prctl.h>
#endif

// From now on this process is the parent of every descendant whose own parent has gone. 0: done.
static inline int become_child_subreaper(void) {
#ifdef __linux__
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
#else
    return -1;
#endif
}
