/* The table of options with those that every tool has, for tool*.c and complete*.c. */
#ifndef TOOLS_TOOL_INNER_H
#define TOOLS_TOOL_INNER_H

#include "tools/tool.h"

enum tool_common_option {
	COMMON_COLOR,
	COMMON_HELP,
	COMMON_USAGE,
	COMMON_VERSION,
	COMMON_COMPLETION,
	COMMON_COUNT
};

extern const struct tool_option tool_common[COMMON_COUNT];

/* The tool's own, and behind them the common ones. */
size_t tool_option_count(const struct tool *tool);
const struct tool_option *tool_option_at(const struct tool *tool, size_t i);

#endif
