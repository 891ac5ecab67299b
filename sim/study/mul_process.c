#include "study/mul_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In the child: only calls that are safe after fork.  Returns on failure. */
static void become(const struct cas_process *process)
{
	struct rlimit size = {process->file_bytes, process->file_bytes}, none = {0, 0};
	int in, out;

	setpgid(0, 0);
	if (chdir(process->folder))
		return;
	in = open("/dev/null", O_RDONLY);
	out = open(process->output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return;
	setrlimit(RLIMIT_FSIZE, &size);
	setrlimit(RLIMIT_CORE, &none);
	/* execvp takes char *const[] for historical reasons and changes nothing. */
	execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Wait for `child` until `end_s`, without reaping it; 1 if it ended.  Sleeps grow from 1 ms on. */
static int wait_until(pid_t child, double end_s)
{
	struct timespec pause = {0, 1000000};

	for (;;) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
			return 1;
		if (now_s() >= end_s)
			return 0;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 50000000)
			pause.tv_nsec *= 2;
	}
}

cas_status cas_process_run(struct cas_process *process, struct cas_err *err)
{
	pid_t child = fork();
	int state = 0, ended;

	if (child < 0)
		return cas_err_set(err, CAS_ENV, "%s: %s", process->argv[0], strerror(errno));
	if (child == 0) {
		become(process);
		_exit(127);
	}
	setpgid(child, child); /* both sides set it, whoever runs first */
	ended = wait_until(child, now_s() + process->limit_s);
	/* Before the child is reaped its number cannot be anybody else's; the group may hold what it left
	 * behind. */
	kill(-child, SIGKILL);
	waitpid(child, &state, 0);
	if (!ended)
		process->end = CAS_PROCESS_TIMED_OUT;
	else
		process->end = WIFEXITED(state) ? CAS_PROCESS_EXITED : CAS_PROCESS_SIGNALLED;
	process->code = WIFEXITED(state) ? WEXITSTATUS(state) : WTERMSIG(state);
	return CAS_OK;
}
