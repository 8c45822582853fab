/* The ways of arrows: in gaps between rows of subnets, and at the left from one gap to another. */
#include "tools/picture_layout.h"

#define SPOKE 104 /* from the right side of a host: room for text beside the arrow */
#define HUB   28  /* from the left side */

/*
 * Lanes.
 */

static bool is_same_lane(const struct picture *p, size_t a, size_t b)
{
	return picture_hub(p, &p->arrows[a]) == picture_hub(p, &p->arrows[b]) &&
	       p->arrows[a].state == p->arrows[b].state;
}

static size_t end_of(const struct picture *p, size_t arrow)
{
	const struct picture_arrow *a = &p->arrows[arrow];

	return picture_hub(p, a) == a->from ? a->to : a->from;
}

void picture_choose_lanes(const struct picture *p, struct picture_layout *l)
{
	for (size_t i = 0; i < p->arrow_count; i++) {
		size_t first = 0;

		while (!is_same_lane(p, first, i))
			first++;
		l->lanes[i] = first < i ? l->lanes[first] : l->lane_count++;
		for (size_t k = 0; k < i; k++)
			l->order[i] += end_of(p, k) == end_of(p, i);
	}
}

/*
 * Ways.
 */

static size_t gap_of(const struct picture *p, const struct picture_layout *l, size_t host)
{
	const struct picture_subnet_layout *s = &l->subnets[p->hosts[host].subnet];

	return s->row + s->is_above;
}

static int lane_y(const struct picture_layout *l, size_t gap, int lane)
{
	return l->gaps[gap] + PICTURE_LABEL + lane * PICTURE_LANE + PICTURE_LANE / 2;
}

/* From a host to its gap: two corners, or three around those that are in between. */
static size_t leave(const struct picture_layout *l, size_t host, int x, int y,
		    struct picture_point *out)
{
	const struct picture_box *box = &l->hosts[host];
	size_t count = 0;

	if (l->is_inner[host]) {
		out[count++] =
			(struct picture_point){ box->x + box->width, box->y + box->height / 2 };
		x = box->x + box->width + PICTURE_PADDING;
		out[count++] = (struct picture_point){ x, box->y + box->height / 2 };
	} else {
		out[count++] =
			(struct picture_point){ x, y > box->y ? box->y + box->height : box->y };
	}
	out[count++] = (struct picture_point){ x, y };
	return count;
}

static void reverse(struct picture_point *corners, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct picture_point corner = corners[i];

		corners[i] = corners[count - 1 - i];
		corners[count - 1 - i] = corner;
	}
}

/* Where an arrow leaves its end that is no hub: beside the title of the subnet. */
static int end_x(const struct picture *p, const struct picture_layout *l, size_t end)
{
	const struct picture_subnet_layout *s = &l->subnets[p->hosts[end].subnet];
	const struct picture_box *host = &l->hosts[end];
	int title = s->is_above ? 0 : picture_width_of(p->subnets[p->hosts[end].subnet].text);
	int x = host->x + host->width - SPOKE;

	if (l->is_inner[end])
		return host->x + host->width + PICTURE_PADDING;
	return x > s->box.x + PICTURE_PADDING + title ? x : s->box.x + PICTURE_PADDING + title;
}

/* Beside that end, where few arrows are. */
static struct picture_point label_at(const struct picture *p, const struct picture_layout *l,
				     size_t arrow, size_t end)
{
	const struct picture_subnet_layout *s = &l->subnets[p->hosts[end].subnet];
	int x = end_x(p, l, end) + 6, line = l->order[arrow] * PICTURE_FONT;

	if (s->is_above)
		return (struct picture_point){ x, s->box.y + s->box.height + PICTURE_LINE + line };
	return (struct picture_point){ x, s->box.y - 8 - line };
}

void picture_route(const struct picture *p, const struct picture_layout *l, size_t arrow,
		   struct picture_route *out)
{
	size_t hub = picture_hub(p, &p->arrows[arrow]), end = end_of(p, arrow), count;
	int lane = l->lanes[arrow], left = l->left - (l->lane_count + 1 - lane) * PICTURE_LANE;
	int hub_x = l->hosts[hub].x + HUB + (int)p->arrows[arrow].state * PICTURE_LANE;
	int hub_y = lane_y(l, gap_of(p, l, hub), lane);
	int end_y = lane_y(l, gap_of(p, l, end), lane);

	out->count = leave(l, hub, hub_x, hub_y, out->corners);
	if (hub_y != end_y) {
		out->corners[out->count++] = (struct picture_point){ left, hub_y };
		out->corners[out->count++] = (struct picture_point){ left, end_y };
	}
	count = leave(l, end, end_x(p, l, end) - l->order[arrow] * PICTURE_LANE, end_y,
		      &out->corners[out->count]);
	reverse(&out->corners[out->count], count);
	out->count += count;
	if (p->arrows[arrow].to == hub)
		reverse(out->corners, out->count);
	out->label = label_at(p, l, arrow, end);
}
