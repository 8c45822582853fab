/* Settings that change while the browser runs. */
#include "browserd/domain.h"
#include "browserd/role_inner.h"

static bool is_announced_alike(const struct browser_settings *a, const struct browser_settings *b)
{
	return a->server_type == b->server_type && a->os_major == b->os_major &&
	       a->os_minor == b->os_minor && text_equal(a->comment, b->comment);
}

/* Roles stand as browser_set_interfaces() has made them: all workgroups of each interface. */
static void change_roles(struct browser_service *service, const struct nbt_env *env)
{
	const struct browser_settings *settings = service->settings;

	for (size_t i = 0; i < service->role_count; i++) {
		struct role *role = &service->roles[i];

		role->workgroup = settings->workgroups[i % settings->workgroup_count];
		if (settings->lanman == BROWSER_LANMAN_YES)
			role_say_lanman(role, env);
	}
}

void browser_set_settings(struct browser_service *service, const struct browser_settings *settings,
			  const struct nbt_env *env)
{
	bool is_alike = is_announced_alike(service->settings, settings);

	service->settings = settings;
	lists_set_settings(service->lists, &settings->lists);
	(void)ratelimit_set_rate(service->backup_answers, settings->backup_answers);
	for (size_t i = 0; i < settings->workgroup_count; i++)
		service->domains[i].workgroup = settings->workgroups[i];
	change_roles(service, env);
	for (size_t i = 0; i < settings->workgroup_count; i++)
		domain_settings_changed(&service->domains[i], env);
	service->remote_ms =
		settings->remote_count + settings->sync_count > 0 && service->is_connected
			? env->now_ms
			: NBT_NEVER;
	for (size_t i = 0; i < settings->workgroup_count; i++)
		browser_update_self(service, settings->workgroups[i], env);
	if (!is_alike)
		(void)browser_order(service, BROWSER_ANNOUNCE, NULL, env);
}
