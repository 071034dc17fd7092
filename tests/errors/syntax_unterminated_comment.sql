SELECT 1; /* no end
SELECT 2;
