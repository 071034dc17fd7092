SELECT user_id FORM clicks;
