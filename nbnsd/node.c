#include "nbnsd/node.h"

#include <stdlib.h>

struct node {
	const struct node_settings *settings;
};
