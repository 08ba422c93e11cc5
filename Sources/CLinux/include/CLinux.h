// Calls and constants of Linux that Swift's Glibc module lacks because they hide behind _GNU_SOURCE.
#pragma once

#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

// open(2)
extern const int linux_o_path;

// openat2(2) beneath a folder, following no link at all: RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS.
int linux_open_beneath(int folder, const char *_Nonnull path, int flags);

// ioctl(FICLONE): shares the blocks of one file with another, where the file system can.
int linux_clone_file(int from, int to);

// copy_file_range(2): copies up to `length` bytes from one file's position to another's, within the kernel.
ssize_t linux_copy_range(int from, int to, size_t length);

// fgetxattr(2) and fsetxattr(2).
ssize_t linux_get_attribute(int file, const char *_Nonnull name, void *_Nullable value, size_t size);
int linux_set_attribute(int file, const char *_Nonnull name, const void *_Nullable value, size_t size);

// statfs(2): whether what a path leads to lies in memory, on a tmpfs or among huge pages.
int linux_is_in_memory(const char *_Nonnull path);

// lgetxattr(2) of overlayfs's one-letter marks.
int linux_has_mark(const char *_Nonnull path, const char *_Nonnull name, char value);

// pipe2(2) with close-on-exec.
int linux_pipe(int *_Nonnull ends);

// syncfs(2): writes a whole file system to the disk.
int linux_sync_file_system(int file);

// sync_file_range(2): begins to write a file's changed pages to the disk, and doesn't wait.
int linux_begin_sync(int file);

// posix_spawn_file_actions_addchdir_np(3)
int linux_spawn_chdir(posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull folder);

// As memmem(3): where the wanted bytes first stand among others, or NULL (find.c).
const void *_Nullable linux_find(
    const void *_Nullable bytes, size_t size, const void *_Nonnull wanted, size_t length);

// setfsuid(2): the calling thread's rights on files, for tests.
int linux_set_file_user(unsigned int user);
