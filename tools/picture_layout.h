/* Where everything of a picture stands. Pure. In pixels, at a font size of 13. */
#ifndef TOOLS_PICTURE_LAYOUT_H
#define TOOLS_PICTURE_LAYOUT_H

#include "tools/picture.h"

#define PICTURE_LINE    18 /* high */
#define PICTURE_PADDING 12

struct picture_box {
	int x, y, width, height;
};

struct picture_layout {
	struct picture_box subnets[PICTURE_SUBNETS], hosts[PICTURE_HOSTS];
	struct picture_box sizes[PICTURE_SUBNETS]; /* of each host there */
	size_t rows[PICTURE_SUBNETS], row_count;
	int row_widths[PICTURE_SUBNETS];
	int width, height;
};

struct picture_point {
	int x, y;
};

/*
 * The layout is simple: boxes of subnets in rows, those with a domain master above the others, the
 * hosts of one beside each other.
 */
void picture_lay_out(const struct picture *p, struct picture_layout *l);

/* The curve of an arrow: it begins and ends at the borders of two hosts, drawn towards a point
 * beside its middle. */
struct picture_curve {
	struct picture_point begin, bend, end;
};

struct picture_curve picture_curve(const struct picture_layout *l,
				   const struct picture_arrow *arrow);
struct picture_point picture_curve_middle(const struct picture_curve *curve);

int picture_width_of(const char *text);

#endif
