/* The errors of libnbt, each with its text. */
#ifndef NBT_ERROR_H
#define NBT_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define NBT_MUSTCHECK __attribute__((warn_unused_result))
#define NBT_PUBLIC    __attribute__((visibility("default")))

#define NBT_ERROR_MAP(X)                                                                           \
	X(NBT_OK, "success")                                                                       \
	X(NBT_ETRUNC, "the packet ends inside a field")                                            \
	X(NBT_ELABEL, "malformed label in a name")                                                 \
	X(NBT_EPOINTER, "name pointer forbidden or not backwards")                                 \
	X(NBT_ECOUNT, "more entries than this codec accepts")                                      \
	X(NBT_EVALUE, "value not allowed in this field")                                           \
	X(NBT_ETRAILING, "bytes left after the end of the message")                                \
	X(NBT_ESPACE, "the output buffer is too small")                                            \
	X(NBT_ETEXT, "not a NetBIOS name or scope")                                                \
	X(NBT_ETIMEOUT, "no answer")                                                               \
	X(NBT_ENEGATIVE, "negative answer")                                                        \
	X(NBT_ESYSTEM, "system error, see errno")

#define NBT_ERROR_NAME(name, text) name,
enum nbt_error { NBT_ERROR_MAP(NBT_ERROR_NAME) NBT_ERROR_COUNT };
#undef NBT_ERROR_NAME

/* The text of an error; never NULL. */
NBT_PUBLIC const char *nbt_strerror(enum nbt_error err);

#ifdef __cplusplus
}
#endif
#endif
