// Begins the launch of `belljar run ... -- COMMAND` before anything of Swift runs: a process with six new namespaces takes about as
// long to make as the runtime takes to start and the plan to be written, and both can go on at once.
#include "CLaunchAhead.h"

#include "CSandbox.h"

#include <string.h>

__attribute__((constructor(101))) static void begin(int argc, char **argv) {
  if (argc < 4 || strcmp(argv[1], "run") != 0) return;
  for (int i = 2; i < argc - 1; i++) {
    // A step of a harness is launched by what reads the harness.
    if (strncmp(argv[i], "--step", 6) == 0) return;
    if (strcmp(argv[i], "--") == 0) return belljar_fork_ahead();
  }
}
