SELECT 1 /* a byte order mark is no column */ FROM nowhere;
