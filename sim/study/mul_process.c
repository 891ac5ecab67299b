#include "study/mul_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double grace_s = 1; /* for make to remove what is half written */

/* In the child: only calls that are safe after fork.  Returns on failure. */
static void become(const struct cas_process *process, pid_t parent)
{
	struct rlimit size = {process->file_bytes, process->file_bytes}, none = {0, 0};
	int in, out;

	setpgid(0, 0);
	/* Its own group hears no Ctrl-C, and nobody would be left to keep the time. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return; /* it was gone before it could be asked for */
	if (chdir(process->folder))
		return;
	in = open("/dev/null", O_RDONLY);
	out = open(process->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return;
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_CORE, &none);
	signal(SIGXFSZ, SIG_DFL);
	/* execvp takes char *const[] for historical reasons and changes nothing. */
	execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int is_set(const volatile sig_atomic_t *stop)
{
	return stop && *stop;
}

/* Wait for `child` until `end_s` or `stop` (may be NULL), without reaping it; 1 if it ended.  Sleeps grow
 * from 1 ms on; a signal that is caught ends one. */
static int wait_until(pid_t child, double end_s, const volatile sig_atomic_t *stop)
{
	struct timespec pause = {0, 1000000};

	for (;;) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
			return 1;
		if (now_s() >= end_s || is_set(stop))
			return 0;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 50000000)
			pause.tv_nsec *= 2;
	}
}

cas_status cas_process_run(struct cas_process *process, struct cas_err *err)
{
	pid_t parent = getpid(), child;
	int state = 0, ended, stopped;

	if (is_set(process->stop))
		return cas_err_set(err, CAS_INTERRUPTED, "interrupted");
	child = fork();
	if (child < 0)
		return cas_err_set(err, CAS_ENV, "%s: %s", process->argv[0], strerror(errno));
	if (child == 0) {
		become(process, parent);
		_exit(127);
	}
	setpgid(child, child); /* both sides set it, whoever runs first */
	ended = wait_until(child, now_s() + process->limit_s, process->stop);
	stopped = !ended && is_set(process->stop);
	if (stopped && kill(-child, SIGTERM) == 0)
		wait_until(child, now_s() + grace_s, NULL);
	/* Before the child is reaped its number cannot be anybody else's; the group may hold what it left
	 * behind. */
	kill(-child, SIGKILL);
	waitpid(child, &state, 0);
	if (stopped)
		return cas_err_set(err, CAS_INTERRUPTED, "interrupted");
	if (!ended)
		process->end = CAS_PROCESS_TIMED_OUT;
	else
		process->end = WIFEXITED(state) ? CAS_PROCESS_EXITED : CAS_PROCESS_SIGNALLED;
	process->code = WIFEXITED(state) ? WEXITSTATUS(state) : WTERMSIG(state);
	return CAS_OK;
}
