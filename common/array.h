/* The number of elements of an array. */
#ifndef COMMON_ARRAY_H
#define COMMON_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
