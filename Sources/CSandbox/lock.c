// Locks on bytes of a file that belong to the open file, not to the process (F_OFD_SETLK, fcntl(2)).
#include "CSandbox.h"

#include <fcntl.h>
#include <unistd.h>

static int set(int fd, short type, int64_t byte) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  return fcntl(fd, F_OFD_SETLK, &lock);
}

int belljar_lock_to_read(int fd, int64_t byte) { return set(fd, F_RDLCK, byte); }
int belljar_lock_to_write(int fd, int64_t byte) { return set(fd, F_WRLCK, byte); }
int belljar_unlock(int fd, int64_t byte) { return set(fd, F_UNLCK, byte); }

// Whether a lock of this type would be refused; -1 with errno where that can't be told. The kernel lets that be asked of a file
// that is only open for reading, too.
static int excludes(int fd, short type, int64_t first, int64_t count) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = first, .l_len = count};
  if (fcntl(fd, F_OFD_GETLK, &lock) < 0) return -1;
  return lock.l_type != F_UNLCK;
}

int belljar_is_locked(int fd, int64_t first, int64_t count) { return excludes(fd, F_WRLCK, first, count); }
int belljar_is_locked_to_write(int fd, int64_t first, int64_t count) { return excludes(fd, F_RDLCK, first, count); }
