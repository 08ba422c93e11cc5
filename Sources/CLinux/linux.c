#include "CLinux.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

const int linux_o_path = O_PATH;
const int linux_o_tmpfile = O_TMPFILE;

int linux_new_file(char *path_template) { return mkostemp(path_template, O_CLOEXEC); }

ssize_t linux_copy_range(int from, int to, size_t length) { return copy_file_range(from, NULL, to, NULL, length, 0); }

int linux_has_mark(const char *path, const char *name, char value) {
  char found = 0;
  return lgetxattr(path, name, &found, 1) == 1 && found == value;
}

int linux_set_mark(const char *path, const char *name, char value) { return setxattr(path, name, &value, 1, 0); }

int linux_spawn_chdir(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}
