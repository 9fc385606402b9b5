-- What PostGraphile needs to give the same shape: the followers and the default wishlist as fields of a customer.
CREATE OR REPLACE FUNCTION public.customer_followers(c customer) RETURNS SETOF customer LANGUAGE sql STABLE AS $$
  SELECT them.* FROM follow f JOIN customer them ON them.id = f.follower_id
  WHERE f.followee_id = c.id ORDER BY f.created_at DESC, f.follower_id DESC
$$;

CREATE OR REPLACE FUNCTION public.customer_wishlist(c customer) RETURNS wishlist LANGUAGE sql STABLE AS $$
  SELECT * FROM wishlist WHERE owner_id = c.id AND is_default
$$;
-- PostGraphile would have two things of one name: the table and the function that writes it.
COMMENT ON FUNCTION facet_code IS E'@name facet_code_of';
