#pragma once
// Inputs are pointers to const.
#define ZLIB_CONST
#include <zlib.h>
