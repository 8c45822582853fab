/* What the browser's news are in plain words, for the log. Pure. */
#ifndef BROWSERD_NEWS_H
#define BROWSERD_NEWS_H

#include "browserd/service.h"
#include "common/log.h"

#define NEWS_MAX 512

/* Writes one sentence, in UTF-8. Returns the level of its line. */
enum log_level news_text(const struct browser_news *news, char out[NEWS_MAX]);

/* Whether hosts of the network can cause it as often as they like. */
bool news_is_anybodys(enum browser_news_type type);

#endif
