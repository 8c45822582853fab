/* What the formats share: records put together and checked, words taken from lines. */
#ifndef TOOLS_IMPORT_READER_H
#define TOOLS_IMPORT_READER_H

#include "tools/import/import.h"

extern const struct import_format import_wins_dat;
extern const struct import_format import_ldif;
extern const struct import_format import_netsh;

/* An empty record that begins on this line. */
void reader_start_record(struct import_reader *reader);

/* Addresses that belong to no host, and repeated ones, are passed over. false: text is none. */
bool reader_add_address(struct import_record *record, const char *text);

/* Checks what every format must, and hands it to the sink: as record, or as skipped. */
void reader_end_record(struct import_reader *reader);

/* The record's name: text is UTF-8, or else bytes as they are on the wire, such as those that
 * Windows' command line writes. false: it is no name. */
bool reader_name(struct import_record *record, const char *text, uint8_t suffix);

/* The record, or a line, is left out: why. */
void reader_skip_record(struct import_reader *reader, const char *why);
void reader_skip_line(struct import_reader *reader, const char *why);

/* Of digits only, up to max: a decimal number, and one with hexadecimal digits and an optional 0x.
 */
bool reader_number(const char *text, uint64_t max, uint64_t *out);
bool reader_hex(const char *text, uint64_t max, uint64_t *out);

#endif
