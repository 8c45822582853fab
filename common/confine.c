/* The filter of system calls, over libseccomp. A list of what is refused, because the hook is a
 * program of the administrator's, which inherits it. */
#include "common/confine.h"

#include "config.h"

#ifndef HAVE_SECCOMP

int confine(void)
{
	return 1;
}

#else

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>

#include "common/array.h"

/* clang-format off */
static const int refused[] = {
	/* other processes */
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd), SCMP_SYS(perf_event_open),
	/* file systems and namespaces */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(fsconfig), SCMP_SYS(fspick), SCMP_SYS(unshare), SCMP_SYS(setns),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(quotactl), SCMP_SYS(name_to_handle_at),
	SCMP_SYS(open_by_handle_at), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	/* the kernel */
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(bpf),
	/* Not io_uring_enter: libuv of Debian 13 has made its ring before, and aborts without. */
	SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_register),
	SCMP_SYS(syslog), SCMP_SYS(acct),
	SCMP_SYS(lookup_dcookie), SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(modify_ldt),
	SCMP_SYS(vm86), SCMP_SYS(vmsplice),
	/* keys, the clock, the host's name */
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex),
	SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	/* memory and processors of others */
	SCMP_SYS(migrate_pages), SCMP_SYS(move_pages), SCMP_SYS(personality),
};
/* clang-format on */

static int refuse_all(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		int ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);

		/* Negative numbers are calls that this machine does not have. */
		if (ret < 0 && refused[i] >= 0)
			return ret;
	}
	return seccomp_load(filter);
}

int confine(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int ret;

	if (filter == NULL)
		return -ENOMEM;
	/* Mitigations that are for programs which run strangers' code would slow every packet. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	ret = refuse_all(filter);
	seccomp_release(filter);
	return ret == -EINVAL || ret == -ECANCELED || ret == -ENOSYS ? 1 : ret;
}

#endif
