/* System calls that a name service never makes, and whoever takes it over would like to. */
#ifndef COMMON_CONFINE_H
#define COMMON_CONFINE_H

/*
 * Refuses them (EPERM) to this process and to what it starts, for good: mounting, namespaces, other
 * processes' memory, kernel modules, keys, the clock and the like (seccomp(2)). Programs that are
 * started still find what programs commonly need. 0; 1: built without libseccomp, or the kernel has
 * no filters; a negative errno. After priv_drop(), before any thread.
 */
int confine(void);

#endif
