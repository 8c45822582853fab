/* The neighbourhood as nbtbrowse knows it: each once, in order, and bounded. */
#include "tools/nbtbrowse_tree.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

static void each_is_there_once_in_order(void **state)
{
	static const char *const names[] = { "MILL", "ant", "LATHE", "Mill", "", "ZOO", "ANT" };
	struct tree tree = { 0 };
	struct tree_workgroup *lab = tree_workgroup(&tree, "LAB"), *shop;

	(void)state;
	assert_non_null(lab);
	shop = tree_workgroup(&tree, "AB");
	assert_ptr_equal(tree_workgroup(&tree, "lab"), lab);
	assert_int_equal(tree.workgroup_count, 2);
	assert_ptr_equal(tree.workgroups[0], shop);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(tree_server(&tree, lab, names[i]) != NULL, *names[i] != '\0');
	assert_int_equal(lab->server_count, 4);
	assert_string_equal(lab->servers[0]->name, "ant");
	assert_string_equal(lab->servers[1]->name, "LATHE");
	assert_string_equal(lab->servers[2]->name, "MILL");
	assert_string_equal(lab->servers[3]->name, "ZOO");
	assert_int_equal(tree.server_count, 4);
	assert_false(tree.is_full);
	tree_free(&tree);
	tree_free(&tree);
}

static void what_was_found_stays_where_it_is(void **state)
{
	struct tree tree = { 0 };
	struct tree_workgroup *lab = tree_workgroup(&tree, "LAB");
	struct tree_server *server = tree_server(&tree, lab, "M");
	char name[TREE_NAME_SIZE];

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "W%d", i * 37 % 500);
		assert_non_null(tree_workgroup(&tree, name));
		assert_non_null(tree_server(&tree, lab, name));
	}
	assert_ptr_equal(tree_workgroup(&tree, "LAB"), lab);
	assert_ptr_equal(tree_server(&tree, lab, "M"), server);
	assert_int_equal(lab->server_count, 501);
	tree_free(&tree);
}

static void long_names_are_cut(void **state)
{
	struct tree tree = { 0 };
	struct tree_workgroup *long_one = tree_workgroup(&tree, "ABCDEFGHIJKLMNOPQ");

	(void)state;
	assert_string_equal(long_one->name, "ABCDEFGHIJKLMNO");
	assert_ptr_equal(tree_workgroup(&tree, "ABCDEFGHIJKLMNOXX"), long_one);
	tree_free(&tree);
}

static void there_are_only_so_many(void **state)
{
	struct tree tree = { 0 };
	struct tree_workgroup *lab = tree_workgroup(&tree, "LAB");
	struct tree_server *server = tree_server(&tree, lab, "A");
	char name[TREE_NAME_SIZE];

	(void)state;
	for (int i = 0; i < TREE_WORKGROUPS + 10; i++) {
		snprintf(name, sizeof(name), "W%d", i);
		assert_int_equal(tree_workgroup(&tree, name) != NULL, i < TREE_WORKGROUPS - 1);
	}
	assert_true(tree.is_full);
	tree.is_full = false;
	assert_non_null(tree_workgroup(&tree, "w5")); /* is there */
	assert_false(tree.is_full);
	for (int i = 0; i < TREE_SHARES + 10; i++) {
		snprintf(name, sizeof(name), "S%d", i);
		assert_int_equal(tree_share(&tree, server, name) != NULL, i < TREE_SHARES);
	}
	assert_true(tree.is_full);
	tree_free(&tree);
}

static void shares_are_there_once_in_order(void **state)
{
	struct tree tree = { 0 };
	struct tree_server *server = tree_server(&tree, tree_workgroup(&tree, "LAB"), "A");

	(void)state;
	assert_non_null(tree_share(&tree, server, "tools"));
	assert_non_null(tree_share(&tree, server, "IPC$"));
	assert_non_null(tree_share(&tree, server, "TOOLS"));
	assert_null(tree_share(&tree, server, ""));
	assert_int_equal(server->share_count, 2);
	assert_string_equal(server->shares[0].name, "IPC$");
	assert_string_equal(server->shares[1].name, "tools");
	tree_free(&tree);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_there_once_in_order),
		cmocka_unit_test(what_was_found_stays_where_it_is),
		cmocka_unit_test(long_names_are_cut),
		cmocka_unit_test(there_are_only_so_many),
		cmocka_unit_test(shares_are_there_once_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
