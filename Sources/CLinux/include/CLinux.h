// Calls and constants of Linux that Swift's Glibc module lacks because they hide behind _GNU_SOURCE.
#pragma once

#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

// open(2)
extern const int linux_o_path;
extern const int linux_o_tmpfile;

// mkostemp(3) with close-on-exec: makes and opens a new file from a template that ends in XXXXXX.
int linux_new_file(char *_Nonnull path_template);

// copy_file_range(2): copies up to `length` bytes from one file's position to another's; a reflink where there are such.
ssize_t linux_copy_range(int from, int to, size_t length);

// lgetxattr(2) and setxattr(2) of overlayfs's one-letter marks.
int linux_has_mark(const char *_Nonnull path, const char *_Nonnull name, char value);
int linux_set_mark(const char *_Nonnull path, const char *_Nonnull name, char value);

// posix_spawn_file_actions_addchdir_np(3)
int linux_spawn_chdir(posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull folder);
