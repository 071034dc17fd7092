SELECT INTERVAL '5 fortnights';
SELECT a FROM b JOIN c WITHIN 'soon' ON b.x = c.x;
