/* outer /* inner */ still outer */ SELECT 1 FROM nowhere;
SELECT 2 /* two /* levels /* three */ */ **/ FROM /**/ somewhere; -- /* not one
SELECT 3 FROM nowhere /* this one /* is never */ closed;
