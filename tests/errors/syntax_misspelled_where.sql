SELECT user_id FROM clicks WEHRE user_id = 1;
