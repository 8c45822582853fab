#include "tools/picture_layout.h"

#include <string.h>

#define HEAD         76 /* the title */
#define FOOT         76 /* the legend */
#define HOST_COLUMNS 4
#define HOST_GAP     24
#define HOST_MIN     180
#define SUBNET_GAP   44
#define MEMBER_GAP   16
#define WIDTH_MIN    900
#define ROW_MIN      900

static int max_of(int a, int b)
{
	return a > b ? a : b;
}

static int root_of(int square)
{
	int root = 1;

	while (root * root < square)
		root++;
	return root;
}

/*
 * Sizes.
 */

/* Of one line of bold text in a font as wide as there is (DejaVu Sans), in tenths of a pixel. */
static int width_of_character(const char *at)
{
	if ((unsigned char)*at >= 0xe0) /* beyond Latin, Greek and Cyrillic: as wide as high */
		return 10 * PICTURE_FONT;
	if (strchr("MWmw@%&", *at) != NULL)
		return 144;
	if (strchr(" .,:;'|!()[]/-ijlItfr", *at) != NULL)
		return 60;
	return *at >= 'a' && *at <= 'z' ? 93 : *at >= '0' && *at <= '9' ? 91 : 108;
}

int picture_width_of(const char *text)
{
	int tenths = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			tenths += width_of_character(text);
	return (tenths + 9) / 10;
}

static int width_of_host(const struct picture_host *host)
{
	char address[PICTURE_TEXT_SIZE];
	int width;

	picture_say_address(host, address);
	width = max_of(picture_width_of(address), picture_width_of(host->name));
	for (size_t i = 0; i < host->role_count; i++)
		width = max_of(width, picture_width_of(host->roles[i].text));
	return max_of(width, HOST_MIN) + 2 * PICTURE_PADDING;
}

/* Hosts beside each other, as wide as their texts; those that are too many, below. */
static void measure_hosts(const struct picture *p, struct picture_layout *l)
{
	for (size_t i = 0; i < p->host_count; i++) {
		struct picture_subnet_layout *s = &l->subnets[p->hosts[i].subnet];
		struct picture_box *box = &l->hosts[i];
		int column = s->host_count++ % HOST_COLUMNS;

		box->width = width_of_host(&p->hosts[i]);
		box->x = column == 0 ? 0 : s->host_end + HOST_GAP;
		s->host_end = box->x + box->width;
		s->host_width = max_of(s->host_width, s->host_end);
		s->host_height =
			max_of(s->host_height,
			       (int)(2 + p->hosts[i].role_count) * PICTURE_LINE + PICTURE_PADDING);
		s->is_above |= p->hosts[i].is_domain_master;
	}
}

static void measure_names(const struct picture *p, struct picture_layout *l)
{
	for (size_t i = 0; i < p->member_count; i++) {
		struct picture_subnet_layout *s = &l->subnets[p->members[i].subnet];

		s->member_width =
			max_of(s->member_width, picture_width_of(p->members[i].name) + MEMBER_GAP);
		s->member_count++;
	}
}

static int rows_of(int count, int columns)
{
	return (count + columns - 1) / columns;
}

/* As wide as the hosts, or twice as wide as high. */
static void measure_members(struct picture_subnet_layout *s, int width)
{
	int columns;

	if (s->member_count == 0)
		return;
	columns = max_of(width / s->member_width,
			 root_of(2 * s->member_count * PICTURE_LINE / s->member_width));
	s->member_rows = rows_of(s->member_count, columns);
	s->members.width = rows_of(s->member_count, s->member_rows) * s->member_width - MEMBER_GAP;
	s->members.height = s->member_rows * PICTURE_LINE;
}

static void measure_subnet(const char *title, struct picture_subnet_layout *s)
{
	int width = max_of(s->host_width, picture_width_of(title));

	measure_members(s, width);
	s->box.width = max_of(width, s->members.width) + 2 * PICTURE_PADDING;
	s->box.height = PICTURE_LINE + 2 * PICTURE_PADDING;
	if (s->host_count > 0)
		s->box.height +=
			rows_of(s->host_count, HOST_COLUMNS) * (s->host_height + HOST_GAP) -
			HOST_GAP;
	if (s->member_count > 0)
		s->box.height += s->members.height + (s->host_count > 0 ? PICTURE_PADDING : 0);
}

/*
 * Rows.
 */

/* So that the picture becomes wider than high, as paper on a wall and screens are. */
static int widest_row(const struct picture *p, const struct picture_layout *l)
{
	int gap = l->lane_count * PICTURE_LANE + 2 * PICTURE_LABEL, area = 0, width = ROW_MIN;

	for (size_t i = 0; i < p->subnet_count; i++) {
		const struct picture_box *box = &l->subnets[i].box;

		area += (box->width + SUBNET_GAP) / 10 * ((box->height + gap) / 10);
		width = max_of(width, box->width);
	}
	return max_of(width, 10 * root_of(area * 2));
}

/* Subnets of one kind, in as many rows as they need. */
static void fill_rows(const struct picture *p, bool is_above, int widest, struct picture_layout *l)
{
	struct picture_row *row = NULL;

	for (size_t i = 0; i < p->subnet_count; i++) {
		struct picture_subnet_layout *s = &l->subnets[i];

		if (s->is_above != is_above)
			continue;
		if (row == NULL || row->width + SUBNET_GAP + s->box.width > widest) {
			row = &l->rows[l->row_count++];
			row->width = -SUBNET_GAP;
			row->is_above = is_above;
		}
		s->box.x = row->width + SUBNET_GAP;
		s->row = l->row_count - 1;
		row->width = s->box.x + s->box.width;
		row->height = max_of(row->height, s->box.height);
	}
}

/* Whether arrows of one of the rows beside it run there. */
static bool is_for_arrows(const struct picture_layout *l, size_t gap)
{
	return l->lane_count > 0 && ((gap > 0 && l->rows[gap - 1].is_above) ||
				     (gap < l->row_count && !l->rows[gap].is_above));
}

static int gap_height(const struct picture_layout *l, size_t gap)
{
	if (is_for_arrows(l, gap))
		return l->lane_count * PICTURE_LANE + 2 * PICTURE_LABEL;
	return gap > 0 && gap < l->row_count ? SUBNET_GAP : 0;
}

static void stack_rows(struct picture_layout *l)
{
	int y = HEAD;

	for (size_t i = 0; i <= l->row_count; i++) {
		l->gaps[i] = y;
		y += gap_height(l, i);
		if (i < l->row_count) {
			y += l->rows[i].height;
			l->width = max_of(l->width, l->rows[i].width);
		}
	}
	l->left = PICTURE_MARGIN;
	if (l->row_count > 1 && l->lane_count > 0)
		l->left += (l->lane_count + 2) * PICTURE_LANE;
	l->width = max_of(WIDTH_MIN, l->left + l->width + 2 * PICTURE_MARGIN);
	l->height = y + FOOT;
}

/*
 * Places.
 */

/* In the middle of its row; at the side of the gap that its arrows use. */
static void place_subnet(struct picture_subnet_layout *s, const struct picture_layout *l)
{
	const struct picture_row *row = &l->rows[s->row];
	int y = l->gaps[s->row] + gap_height(l, s->row);

	s->box.x += l->left + (l->width - l->left - PICTURE_MARGIN - row->width) / 2;
	s->box.y = s->is_above ? y + row->height - s->box.height : y;
	s->members.x = s->box.x + PICTURE_PADDING;
	s->members.y = s->box.y + PICTURE_PADDING + PICTURE_LINE;
	if (!s->is_above)
		s->members.y = s->box.y + s->box.height - PICTURE_PADDING - s->members.height;
}

static void place_hosts(const struct picture *p, size_t subnet, struct picture_layout *l)
{
	const struct picture_subnet_layout *s = &l->subnets[subnet];
	int rows = rows_of(s->host_count, HOST_COLUMNS), at = 0;
	int y = s->box.y + PICTURE_PADDING + PICTURE_LINE;

	if (s->is_above)
		y = s->box.y + s->box.height + HOST_GAP - PICTURE_PADDING -
		    rows * (s->host_height + HOST_GAP);
	for (size_t i = 0; i < p->host_count; i++)
		if (p->hosts[i].subnet == subnet) {
			int row = at / HOST_COLUMNS;

			l->hosts[i].x += s->box.x + PICTURE_PADDING;
			l->hosts[i].y = y + row * (s->host_height + HOST_GAP);
			l->hosts[i].height = s->host_height;
			l->is_inner[i] = row != (s->is_above ? rows - 1 : 0);
			at++;
		}
}

struct picture_point picture_member_at(const struct picture_layout *l, size_t subnet, size_t at)
{
	const struct picture_subnet_layout *s = &l->subnets[subnet];
	int column = (int)at / s->member_rows, row = (int)at % s->member_rows;

	return (struct picture_point){ s->members.x + column * s->member_width,
				       s->members.y + row * PICTURE_LINE + PICTURE_FONT };
}

/* The text of an arrow may reach beyond all boxes. */
static void fit_labels(const struct picture *p, struct picture_layout *l)
{
	struct picture_route route;

	for (size_t i = 0; i < p->arrow_count; i++) {
		picture_route(p, l, i, &route);
		l->width = max_of(l->width, route.label.x + picture_width_of(p->arrows[i].label) +
						    PICTURE_PADDING);
	}
}

void picture_lay_out(const struct picture *p, struct picture_layout *l)
{
	int widest;

	memset(l, 0, sizeof(*l));
	measure_hosts(p, l);
	measure_names(p, l);
	for (size_t i = 0; i < p->subnet_count; i++)
		measure_subnet(p->subnets[i].text, &l->subnets[i]);
	picture_choose_lanes(p, l);
	widest = widest_row(p, l);
	fill_rows(p, true, widest, l);
	fill_rows(p, false, widest, l);
	stack_rows(l);
	for (size_t i = 0; i < p->subnet_count; i++) {
		place_subnet(&l->subnets[i], l);
		place_hosts(p, i, l);
	}
	fit_labels(p, l);
}
