"""What must hold of demo data, as questions for the rows that break it."""

from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import DateTime

import models
from demo.draws import NOW
from models.columns import Table
from models.wishlists import DEFAULT_NAME

for area in iter_modules(models.__path__, "models."):
    import_module(area.name)

WITHOUT_DEMO_DATA = {
    "attempts", "audit_entry", "deleted_account", "event", "event_retention", "facet_change", "facet_count",
    "guest_idempotency_key", "idempotency_key", "mail", "persisted_query", "account_compared", "trusted_document",
    "webhook_effect", "webhook_message",
}  # fmt: skip
"""Tables that demo data leaves empty, because requests and background jobs fill them."""
WRITTEN_BY_TRIGGERS = {
    "customer_name_word", "facet_code", "product_facets", "product_price", "product_search", "search_word", "variant_price",
}  # fmt: skip
NUMBERED = {"facet_code", "product_facets"}
"""Tables with numbers from a sequence, which are others each time."""
TABLES = [name for name in sorted(Table.metadata.tables) if name not in WITHOUT_DEMO_DATA]
COLUMNS = {name: Table.metadata.tables[name].columns for name in TABLES}
LATER = {"offer.valid_to"}
"""Timestamps that may be later than the demo's "now"."""

HELD = "ticket t JOIN solver s ON s.id = t.solver_id"
TICKETS = {
    "ratings_count counts": "SELECT FROM solver s WHERE ratings_count <> (SELECT count(*) FROM session_rating JOIN session w ON w.id = session_id WHERE solver_id = s.id)",
    "stars_total counts": "SELECT FROM solver s WHERE stars_total <> (SELECT coalesce(sum(stars), 0) FROM session_rating JOIN session w ON w.id = session_id WHERE solver_id = s.id)",
    "completed_sessions counts": "SELECT FROM solver s WHERE completed_sessions <> (SELECT count(*) FROM session WHERE solver_id = s.id AND status = 'COMPLETED')",
    "solvers have the role": "SELECT FROM solver s JOIN customer c ON c.id = customer_id WHERE role <> 'SOLVER'",
    "nobody solves their own": f"SELECT FROM {HELD} WHERE s.customer_id = t.customer_id",
    "no block lies between": f"SELECT FROM {HELD} JOIN block ON (blocker_id, blocked_id) IN ((t.customer_id, s.customer_id), (s.customer_id, t.customer_id))",
    "only what is in progress has an active session": "SELECT FROM ticket t WHERE (status = 'IN_PROGRESS') <> EXISTS (SELECT FROM session WHERE ticket_id = t.id AND status = 'ACTIVE')",
    "what is resolved ended in a completed session": "SELECT FROM ticket t WHERE status = 'RESOLVED' AND 'COMPLETED' IS DISTINCT FROM (SELECT status FROM session WHERE ticket_id = t.id ORDER BY started_at DESC LIMIT 1)",
    "a session is its ticket's solver's": "SELECT FROM session w JOIN ticket t ON t.id = ticket_id WHERE w.solver_id <> t.solver_id",
    "a claim is younger than its ticket and its solver": f"SELECT FROM {HELD} WHERE t.claimed_at <= greatest(t.created_at, s.created_at)",
    "a ticket is younger than its customer": "SELECT FROM ticket t JOIN customer c ON c.id = customer_id WHERE t.created_at <= c.created_at",
    "a session comes after the claim": "SELECT FROM session JOIN ticket t ON t.id = ticket_id WHERE started_at <= claimed_at OR ended_at <= started_at",
    "sessions follow each other": "SELECT FROM session one JOIN session other ON other.ticket_id = one.ticket_id AND other.id <> one.id AND tstzrange(other.started_at, other.ended_at) && tstzrange(one.started_at, one.ended_at)",
    "a ticket changed last when something last happened": "SELECT FROM ticket t WHERE updated_at <> (SELECT greatest(t.created_at, t.claimed_at, max(coalesce(ended_at, started_at))) FROM session WHERE ticket_id = t.id)",
    "only the customer rates, and only what is completed": "SELECT FROM session_rating r JOIN session w ON w.id = session_id JOIN ticket t ON t.id = ticket_id WHERE w.status <> 'COMPLETED' OR t.customer_id IS DISTINCT FROM r.customer_id OR rated_at <= ended_at",
    "favourites have met": f"SELECT FROM favorite_solver f WHERE NOT EXISTS (SELECT FROM {HELD} WHERE (t.customer_id, s.id) = (f.customer_id, f.solver_id))",
    "guests' numbers are no customers'": "SELECT FROM ticket t JOIN customer c USING (phone_number) WHERE t.customer_id IS NULL",
}
"""What must hold of tickets."""
BUYABLE = "l.availability IN ('IN_STOCK', 'LOW_STOCK', 'PREORDER')"
LAST_CHANGE = "(SELECT * FROM price_change WHERE listing_id = l.id ORDER BY changed_at DESC LIMIT 1) c"
FIRST_CHANGE = LAST_CHANGE.replace(" DESC", "")
PRICES = {
    "the last change is to today's price": f"SELECT FROM listing l LEFT JOIN LATERAL {LAST_CHANGE} ON true WHERE (l.price_minor, l.list_price_minor) IS DISTINCT FROM (c.price_minor, c.list_price_minor) OR l.currency <> c.currency",
    "each change changes something": "SELECT FROM (SELECT (currency, price_minor, list_price_minor) = lag((currency, price_minor, list_price_minor)) OVER (PARTITION BY listing_id ORDER BY changed_at) AS same FROM price_change) c WHERE same",
    "list prices were not below prices": "SELECT FROM price_change WHERE list_price_minor < price_minor",
    "nothing changed after the last check": "SELECT FROM price_change c JOIN listing l ON l.id = listing_id WHERE changed_at > last_checked_at",
    "prices go back 90 days, or to the beginning": f"SELECT FROM listing l JOIN LATERAL {FIRST_CHANGE} ON true WHERE abs(extract(epoch FROM c.changed_at - greatest(uuid_extract_timestamp(l.id), '{NOW}'::timestamptz - interval '90 days'))) > 1",
    "prices stay believable": "SELECT FROM price_change c JOIN listing l ON l.id = listing_id WHERE c.price_minor NOT BETWEEN l.price_minor / 2.5 AND l.price_minor * 2.5",
    "every product's best price is kept": f"SELECT FROM (SELECT DISTINCT ON (product_id, currency) product_id, currency, price_minor FROM listing l JOIN product_variant v ON v.id = variant_id WHERE price_minor IS NOT NULL ORDER BY product_id, currency, {BUYABLE} DESC, price_minor) best FULL JOIN product_price p USING (product_id, currency) WHERE best.price_minor IS DISTINCT FROM p.price_minor",
    "every variant's range is kept": f"SELECT FROM (SELECT variant_id, currency, min(price_minor) FILTER (WHERE {BUYABLE}) AS least, max(price_minor) FILTER (WHERE {BUYABLE}) AS most FROM listing l WHERE price_minor IS NOT NULL GROUP BY variant_id, currency) facts FULL JOIN variant_price v USING (variant_id, currency) WHERE (least, most) IS DISTINCT FROM (minimum_minor, maximum_minor)",
    "products are sold at two to five stores": "SELECT FROM product p WHERE (SELECT count(DISTINCT store_id) FROM listing JOIN product_variant v ON v.id = variant_id WHERE product_id = p.id) NOT BETWEEN 2 AND 5",
    "each variant is sold at two places": "SELECT FROM product_variant v WHERE (SELECT count(*) FROM listing WHERE variant_id = v.id) < 2",
}
"""What must hold of prices."""
FACTS = """
    SELECT customer_id, p.currency, count(o.id) FILTER (WHERE o.status = 'PAID') AS orders,
        coalesce(sum(o.total_minor) FILTER (WHERE o.status = 'PAID'), 0) AS ordered,
        sum(p.amount_minor - p.refunded_minor) AS spent
    FROM payment p LEFT JOIN (SELECT id, status, total_minor FROM "order") o ON o.id = p.order_id
    WHERE completed_at IS NOT NULL AND customer_id IS NOT NULL GROUP BY customer_id, p.currency
"""
REFUNDED = "(SELECT coalesce(sum(amount_minor), 0) FROM refund r WHERE r.razorpay_payment_id = p.razorpay_payment_id AND r.status = 'PROCESSED')"
PAYMENTS = {
    "an order costs what its lines do": 'SELECT FROM "order" o WHERE total_minor <> (SELECT sum(quantity * unit_minor) FROM order_line WHERE order_id = o.id)',
    "a payment is of its order's amount": 'SELECT FROM payment p JOIN "order" o ON o.id = order_id WHERE (p.amount_minor, p.currency, p.customer_id) IS DISTINCT FROM (o.total_minor, o.currency, o.customer_id)',
    "an order is paid with its payment": "SELECT FROM payment p JOIN \"order\" o ON o.id = order_id WHERE o.status <> CASE p.status WHEN 'COMPLETED' THEN 'PAID' WHEN 'PARTIALLY_REFUNDED' THEN 'PAID' WHEN 'REFUNDED' THEN 'REFUNDED' ELSE 'PENDING' END OR o.paid_at IS DISTINCT FROM p.completed_at",
    "what completed a payment was captured": "SELECT FROM payment p LEFT JOIN payment_attempt a USING (razorpay_payment_id) WHERE completed_at IS NOT NULL AND (a.status, a.amount_minor, a.currency, a.payment_id) IS DISTINCT FROM ('CAPTURED', p.amount_minor, p.currency, p.id)",
    "the refunded amount is that of the refunds": f"SELECT FROM payment p WHERE refunded_minor <> {REFUNDED}",
    "a flag is that of an attempt": "SELECT FROM payment p WHERE flag IS DISTINCT FROM (SELECT flag FROM payment_attempt a WHERE payment_id = p.id AND flag IS NOT NULL)",
    "what failed says why, unless it is flagged": "SELECT FROM payment WHERE (status = 'FAILED' AND flag IS NULL) <> (failure_reason IS NOT NULL)",
    "what is completed has a receipt": "SELECT FROM payment p FULL JOIN receipt r ON r.payment_id = p.id WHERE (completed_at IS NOT NULL AND flag IS DISTINCT FROM 'UNKNOWN_ORDER') <> (r.number IS NOT NULL)",
    "spending is counted": f"SELECT FROM ({FACTS}) facts FULL JOIN customer_spending s USING (customer_id, currency) WHERE (orders, ordered, spent) IS DISTINCT FROM (orders_count, orders_minor, spent_minor)",
    "an order is younger than its customer and listings": 'SELECT FROM "order" o JOIN customer c ON c.id = customer_id JOIN order_line ON order_id = o.id JOIN listing l ON l.id = listing_id WHERE o.created_at <= greatest(c.created_at, uuid_extract_timestamp(l.id))',
    "a paid session was the customer's": "SELECT FROM payment p JOIN session s ON s.id = session_id JOIN ticket t ON t.id = ticket_id WHERE t.customer_id IS DISTINCT FROM p.customer_id OR p.created_at <= s.ended_at OR p.tier <> s.tier",
    "there is a payment of each status and flag": "SELECT FROM (VALUES ('PENDING'), ('AUTHORIZED'), ('COMPLETED'), ('FAILED'), ('PARTIALLY_REFUNDED'), ('REFUNDED'), ('SECOND_CAPTURE'), ('AMOUNT_DIFFERS'), ('UNKNOWN_ORDER')) kinds (kind) WHERE NOT EXISTS (SELECT FROM payment WHERE kind IN (status, flag))",
}
"""What must hold of payments and orders."""
ARABIC = "'[\u0621-\u064a]{2}'"
TEXTS = {
    "products are in Arabic too": f"SELECT FROM product WHERE (translations -> 'ar' ->> 'title' ~ {ARABIC} AND translations -> 'ar' ->> 'description' ~ {ARABIC}) IS NOT TRUE",
    "categories are in Arabic too": f"SELECT FROM category WHERE (translations -> 'ar' ->> 'name' ~ {ARABIC}) IS NOT TRUE",
    "attributes are in Arabic too": f"SELECT FROM attribute WHERE (translations -> 'ar' ->> 'display_name' ~ {ARABIC}) IS NOT TRUE",
    "nothing is left to fill in": "SELECT FROM product WHERE concat(title, description, translations -> 'ar' ->> 'title', translations -> 'ar' ->> 'description') ~ '[{}]'",
    "all brands have a logo of their own": "SELECT FROM brand GROUP BY logo_url HAVING count(*) > 1 OR logo_url IS NULL",
    "all images say what they show": "SELECT FROM image WHERE coalesce(alt_text, '') !~ '^[A-Z].* in [a-z]+, '",
}
"""What must hold of texts."""
LAWS = {
    "followers_count counts": "SELECT FROM customer c WHERE followers_count <> (SELECT count(*) FROM follow WHERE followee_id = c.id)",
    "following_customers_count counts": (
        "SELECT FROM customer c WHERE following_customers_count <> (SELECT count(*) FROM follow WHERE follower_id "
        "= c.id)"
    ),
    "following_stores_count counts": (
        "SELECT FROM customer c WHERE following_stores_count <> (SELECT count(*) FROM store_follow WHERE "
        "customer_id = c.id)"
    ),
    "store.followers_count counts": (
        "SELECT FROM store s WHERE followers_count <> (SELECT count(*) FROM store_follow WHERE store_id = s.id)"
    ),
    "blocked people do not follow": (
        "SELECT FROM follow JOIN block ON (blocker_id, blocked_id) IN ((follower_id, followee_id), (followee_id, "
        "follower_id))"
    ),
    "blocked people do not ask": (
        "SELECT FROM follow_request JOIN block ON (blocker_id, blocked_id) IN ((requester_id, target_id), "
        "(target_id, requester_id))"
    ),
    "only private accounts are asked": "SELECT FROM follow_request JOIN customer c ON c.id = target_id WHERE NOT is_private",
    "who follows does not ask": "SELECT FROM follow_request JOIN follow ON (follower_id, followee_id) = (requester_id, target_id)",
    "one default list each": "SELECT FROM customer c WHERE 1 <> (SELECT count(*) FROM wishlist WHERE owner_id = c.id AND is_default)",
    "the default list has its name": f"SELECT FROM wishlist WHERE is_default AND name <> '{DEFAULT_NAME}'",
    "three levels of categories": (
        "SELECT FROM category c JOIN category p ON p.id = c.parent_id JOIN category g ON g.id = p.parent_id WHERE "
        "g.parent_id IS NOT NULL"
    ),
    "products are in leaves": "SELECT FROM product WHERE category_id IN (SELECT parent_id FROM category)",
    "each product has variants": "SELECT FROM product p WHERE NOT EXISTS (SELECT FROM product_variant WHERE product_id = p.id)",
    "one primary picture each": "SELECT FROM product p WHERE 1 <> (SELECT count(*) FROM image WHERE product_id = p.id AND is_primary)",
    "a picture shows its own variant": (
        "SELECT FROM image i JOIN product_variant v ON v.id = variant_id WHERE v.product_id <> i.product_id"
    ),
    "a listing is on its store's source": "SELECT FROM listing l JOIN store s ON s.id = store_id WHERE s.source_id <> l.source_id",
    "list prices are not below prices": "SELECT FROM listing WHERE list_price_minor < price_minor",
    "no price means not known": "SELECT FROM listing WHERE (price_minor IS NULL) <> (availability = 'UNKNOWN')",
    "what is out of stock is nowhere in stock": (
        "SELECT FROM listing l JOIN product_variant v ON v.id = variant_id WHERE v.availability = 'OUT_OF_STOCK' "
        "AND l.availability <> 'OUT_OF_STOCK'"
    ),
    "stock agrees with availability": (
        "SELECT FROM product_variant WHERE (availability IN ('IN_STOCK', 'LOW_STOCK')) <> (coalesce(inventory, 0) > 0)"
    ),
    "a follow is younger than both": (
        "SELECT FROM follow f JOIN customer c ON c.id IN (follower_id, followee_id) WHERE f.created_at < c.created_at"
    ),
    "an item is younger than list and variant": (
        "SELECT FROM wishlist_item i JOIN wishlist w ON w.id = wishlist_id JOIN product_variant v ON v.id = "
        "variant_id WHERE i.created_at < greatest(w.created_at, v.created_at)"
    ),
    "only a number that is there is verified": "SELECT FROM customer WHERE phone_verified AND phone_number IS NULL",
    "numbers are nobody else's": "SELECT FROM customer GROUP BY phone_number HAVING count(phone_number) > 1",
    **TICKETS,
    **PRICES,
    **PAYMENTS,
    **TEXTS,
    **{
        f"{table} ids are UUIDv7": f'SELECT FROM "{table}" WHERE uuid_extract_version(id) <> 7'
        for table in TABLES
        if "id" in COLUMNS[table] and table not in NUMBERED
    },
    **{
        f"{table} ids grow with time": f'SELECT FROM "{table}" '
        "WHERE date_trunc('milliseconds', created_at) <> uuid_extract_timestamp(id)"
        for table in (
            "customer",
            "product",
            "product_variant",
            "wishlist",
            "wishlist_item",
            "follow_request",
            "ticket",
            "payment",
        )
    },
    **{
        f"{table}.{column.name} is past": f"SELECT FROM \"{table}\" WHERE {column.name} > '{NOW}'"
        for table in TABLES
        for column in COLUMNS[table]
        if isinstance(column.type, DateTime) and f"{table}.{column.name}" not in LATER
    },
}
"""What must hold, each with a question for the rows that break it."""
