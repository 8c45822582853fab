/* Where everything of a picture stands. Pure. In pixels. */
#ifndef TOOLS_PICTURE_LAYOUT_H
#define TOOLS_PICTURE_LAYOUT_H

#include "tools/picture.h"

#define PICTURE_FONT    13 /* its size */
#define PICTURE_LINE    18 /* high */
#define PICTURE_PADDING 12
#define PICTURE_MARGIN  36
#define PICTURE_LANE    10 /* between two arrows */
#define PICTURE_LABEL   26 /* room for their text at either side */

struct picture_point {
	int x, y;
};

struct picture_box {
	int x, y, width, height;
};

struct picture_subnet_layout {
	struct picture_box box;
	int host_count, host_height;
	int host_end, host_width;   /* of the last and of the longest row of hosts */
	struct picture_box members; /* all of them */
	int member_count, member_rows, member_width;
	bool is_above; /* it has a domain master */
	size_t row;
};

struct picture_row {
	int width, height;
	bool is_above;
};

struct picture_layout {
	struct picture_subnet_layout subnets[PICTURE_SUBNETS];
	struct picture_row rows[PICTURE_SUBNETS];
	size_t row_count;
	int gaps[PICTURE_SUBNETS + 1]; /* where they begin: above the row of this number */
	struct picture_box hosts[PICTURE_HOSTS];
	bool is_inner[PICTURE_HOSTS]; /* another one is between it and the gap */
	int lanes[PICTURE_ARROWS], lane_count;
	int order[PICTURE_ARROWS]; /* among those at its end that is no hub */
	int left, width, height;
};

/*
 * Boxes of subnets in rows, those with a domain master above the others. Between two rows is a gap
 * for arrows: they run there and at the left, in lanes of their own for each domain master and
 * state, and cross no box. In a subnet hosts stand beside each other at the side of the gap, and
 * members at the other one, in columns.
 */
void picture_lay_out(const struct picture *p, struct picture_layout *l);

/* A step of that. */
void picture_choose_lanes(const struct picture *p, struct picture_layout *l);

/* The corners of an arrow, from its "from" to its "to", and where its text begins. */
#define PICTURE_CORNERS 8

struct picture_route {
	struct picture_point corners[PICTURE_CORNERS];
	size_t count;
	struct picture_point label;
};

void picture_route(const struct picture *p, const struct picture_layout *l, size_t arrow,
		   struct picture_route *out);

/* Where a member's text begins: the at-th one of its subnet. */
struct picture_point picture_member_at(const struct picture_layout *l, size_t subnet, size_t at);

/* In bold. */
int picture_width_of(const char *text);

#endif
