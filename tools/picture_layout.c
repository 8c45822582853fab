#include "tools/picture_layout.h"

#include <stdlib.h>
#include <string.h>

#define CHARACTER  15 / 2 /* is this wide, on average */
#define COLUMNS    3      /* of hosts in a subnet */
#define HOST_GAP   44
#define SUBNET_GAP 96 /* room for an arrow and its text */
#define ROW_GAP    96
#define ROW_MAX    1400
#define BEND       36

static int max_of(int a, int b)
{
	return a > b ? a : b;
}

/*
 * Layout.
 */

int picture_width_of(const char *text)
{
	int characters = 0;

	for (; *text != '\0'; text++)
		characters += ((unsigned char)*text & 0xc0) != 0x80;
	return characters * CHARACTER;
}

/* Makes the box large enough. */
static void measure_host(const struct picture_host *host, struct picture_box *box)
{
	int width = max_of(picture_width_of(host->name), picture_width_of("255.255.255.255"));

	for (size_t i = 0; i < host->role_count; i++)
		width = max_of(width, picture_width_of(host->roles[i].text));
	box->width = max_of(box->width, width + 2 * PICTURE_PADDING);
	box->height =
		max_of(box->height, (int)(2 + host->role_count) * PICTURE_LINE + PICTURE_PADDING);
}

/* Hosts stand beside each other, all as large as the largest; those that are too many, below. */
static void measure_subnet(const struct picture *p, size_t subnet, struct picture_layout *l)
{
	struct picture_box *box = &l->subnets[subnet], *host = &l->sizes[subnet];
	int count = 0, rows;

	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].subnet == subnet) {
			measure_host(&p->hosts[i], host);
			count++;
		}
	rows = (count + COLUMNS - 1) / COLUMNS;
	count = count < COLUMNS ? count : COLUMNS;
	box->width = max_of(count * (host->width + HOST_GAP) - HOST_GAP,
			    picture_width_of(p->subnets[subnet])) +
		     2 * PICTURE_PADDING;
	box->height =
		rows * (host->height + HOST_GAP) - HOST_GAP + PICTURE_LINE + 2 * PICTURE_PADDING;
}

static void place_hosts(const struct picture *p, size_t subnet, struct picture_layout *l)
{
	const struct picture_box *box = &l->subnets[subnet], *size = &l->sizes[subnet];
	int at = 0;

	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].subnet == subnet) {
			l->hosts[i] = *size;
			l->hosts[i].x =
				box->x + PICTURE_PADDING + at % COLUMNS * (size->width + HOST_GAP);
			l->hosts[i].y = box->y + PICTURE_LINE + PICTURE_PADDING +
					at / COLUMNS * (size->height + HOST_GAP);
			at++;
		}
}

static bool is_above(const struct picture *p, size_t subnet)
{
	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].subnet == subnet && p->hosts[i].is_domain_master)
			return true;
	return false;
}

/* A row of subnets that has become whole. */
static void end_row(struct picture_layout *l, int width, int height)
{
	l->row_widths[l->row_count++] = width;
	l->width = max_of(l->width, width);
	l->height += height + ROW_GAP;
}

/* Subnets of one kind, in as many rows as they need. */
static void place_rows(const struct picture *p, bool above, struct picture_layout *l)
{
	int x = SUBNET_GAP, height = 0;

	for (size_t i = 0; i < p->subnet_count; i++) {
		struct picture_box *box = &l->subnets[i];

		if (is_above(p, i) != above)
			continue;
		if (x > SUBNET_GAP && x + box->width > ROW_MAX) {
			end_row(l, x, height);
			x = SUBNET_GAP;
			height = 0;
		}
		box->x = x;
		box->y = l->height;
		l->rows[i] = l->row_count;
		x += box->width + SUBNET_GAP;
		height = max_of(height, box->height);
	}
	if (height > 0)
		end_row(l, x, height);
}

void picture_lay_out(const struct picture *p, struct picture_layout *l)
{
	memset(l, 0, sizeof(*l));
	l->height = SUBNET_GAP / 2;
	l->width = 400; /* for what is below */
	for (size_t i = 0; i < p->subnet_count; i++)
		measure_subnet(p, i, l);
	place_rows(p, true, l);
	place_rows(p, false, l);
	for (size_t i = 0; i < p->subnet_count; i++) { /* rows stand in the middle */
		l->subnets[i].x += (l->width - l->row_widths[l->rows[i]]) / 2;
		place_hosts(p, i, l);
	}
}

/*
 * Arrows.
 */

static struct picture_point middle_of(const struct picture_box *box)
{
	return (struct picture_point){ box->x + box->width / 2, box->y + box->height / 2 };
}

/* Where the way from its middle leaves the box. */
static struct picture_point border_of(const struct picture_box *box, struct picture_point to)
{
	struct picture_point from = middle_of(box);
	int dx = to.x - from.x, dy = to.y - from.y;

	if (abs(dx) * box->height > abs(dy) * box->width)
		return (struct picture_point){ from.x + (dx > 0 ? 1 : -1) * box->width / 2,
					       from.y + dy * box->width / 2 / abs(dx) };
	if (dy == 0)
		return from;
	return (struct picture_point){ from.x + dx * box->height / 2 / abs(dy),
				       from.y + (dy > 0 ? 1 : -1) * box->height / 2 };
}

/* Beside the middle of the way, so that a curve there and one back do not cover each other, and
 * that one along a row goes past the hosts there. */
static struct picture_point bend_of(struct picture_point from, struct picture_point to)
{
	int dx = to.x - from.x, dy = to.y - from.y, longest = max_of(abs(dx), abs(dy));
	int bend = abs(dx) > 4 * abs(dy) ? 3 * BEND : BEND;

	if (longest == 0)
		return from;
	return (struct picture_point){ (from.x + to.x) / 2 - dy * bend / longest,
				       (from.y + to.y) / 2 + dx * bend / longest };
}

struct picture_curve picture_curve(const struct picture_layout *l,
				   const struct picture_arrow *arrow)
{
	const struct picture_box *from = &l->hosts[arrow->from], *to = &l->hosts[arrow->to];
	struct picture_curve curve = { .bend = bend_of(middle_of(from), middle_of(to)) };

	curve.begin = border_of(from, curve.bend);
	curve.end = border_of(to, curve.bend);
	return curve;
}

struct picture_point picture_curve_middle(const struct picture_curve *curve)
{
	return (struct picture_point){ (curve->begin.x + 2 * curve->bend.x + curve->end.x) / 4,
				       (curve->begin.y + 2 * curve->bend.y + curve->end.y) / 4 };
}
