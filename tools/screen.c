#include "config.h"

#include "tools/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

bool screen_is_there(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

/* Asked each time: windows are made larger and smaller. */
static struct winsize size_now(void)
{
	struct winsize size = { 0 };

	if (!screen_is_there() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return (struct winsize){ 0 };
	return size;
}

size_t screen_columns(void)
{
	return size_now().ws_col;
}

size_t screen_lines(void)
{
	return size_now().ws_row;
}
