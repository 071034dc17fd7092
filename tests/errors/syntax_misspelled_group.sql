SELECT a, count(*) FROM clicks GRUOP BY a;
