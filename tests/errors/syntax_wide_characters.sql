SELECT '日本' AS a,	b c d FROM t;
