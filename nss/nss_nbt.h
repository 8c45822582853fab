/* The functions by which the C library asks libnss_nbt; their names and types are glibc's. */
#ifndef NSS_NSS_NBT_H
#define NSS_NSS_NBT_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

#include <nbt/error.h>

/* result and what it points to are in buffer; *error ERANGE: it is too small. */
NBT_PUBLIC enum nss_status _nss_nbt_gethostbyname_r(const char *name, struct hostent *result,
						    char *buffer, size_t size, int *error,
						    int *h_error);
NBT_PUBLIC enum nss_status _nss_nbt_gethostbyname2_r(const char *name, int family,
						     struct hostent *result, char *buffer,
						     size_t size, int *error, int *h_error);
NBT_PUBLIC enum nss_status _nss_nbt_gethostbyname3_r(const char *name, int family,
						     struct hostent *result, char *buffer,
						     size_t size, int *error, int *h_error,
						     int32_t *ttl, char **canonical);
/* *result: the caller's first member of the list, or NULL. */
NBT_PUBLIC enum nss_status _nss_nbt_gethostbyname4_r(const char *name,
						     struct gaih_addrtuple **result, char *buffer,
						     size_t size, int *error, int *h_error,
						     int32_t *ttl);

#endif
