SELECT FROM clicks;
