#include "CLinux.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

const int linux_o_path = O_PATH;

int linux_open_beneath(int folder, const char *path, int flags) {
  // Only a file that is made takes a mode, and nothing is made through here.
  struct open_how how = {
      .flags = (unsigned int)(flags | O_CLOEXEC),
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int linux_clone_file(int from, int to) { return ioctl(to, FICLONE, from); }

ssize_t linux_copy_range(int from, int to, size_t length) { return copy_file_range(from, NULL, to, NULL, length, 0); }

ssize_t linux_get_attribute(int file, const char *name, void *value, size_t size) {
  return fgetxattr(file, name, value, size);
}

int linux_set_attribute(int file, const char *name, const void *value, size_t size) {
  return fsetxattr(file, name, value, size, 0);
}

int linux_has_mark(const char *path, const char *name, char value) {
  char found = 0;
  return lgetxattr(path, name, &found, 1) == 1 && found == value;
}

int linux_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int linux_sync_file_system(int file) { return syncfs(file); }

int linux_begin_sync(int file) { return sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE); }

int linux_spawn_chdir(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int linux_set_file_user(unsigned int user) { return setfsuid(user); }

int linux_is_in_memory(const char *path) {
  struct statfs about;
  return statfs(path, &about) == 0 && (about.f_type == TMPFS_MAGIC || about.f_type == HUGETLBFS_MAGIC);
}
