/**
 * The queries, as Spark SQL over the views person, auction, bid (streams with a watermark) and side_input (a table).
 * What Spark's rules for streams refuse has its original here, to show the condition, and a form within the rules under a
 * name of its own.
 */
import type { Kind } from "./model.ts";

export interface NexmarkQuery {
  readonly name: string;
  readonly title: string;
  readonly sql: string;
  readonly reads: readonly Kind[];
  /** Groups come out when the watermark has closed them: the streams end with a row far in the future. */
  readonly closes?: true;
  readonly outputMode?: "update";
  /** What is compared with the batch query, when that can't be the rows themselves; applied to the result of both. */
  readonly compare?: string;
  readonly flink?: string;
}

/** Auctions are this long at most, for the queries that must bound them. */
const BOUND = "INTERVAL 2 SECONDS";
const RANKS = (price: string): string => `count(*) FILTER (WHERE ${price} < 10000) AS rank1_bids,
       count(*) FILTER (WHERE ${price} >= 10000 AND ${price} < 1000000) AS rank2_bids,
       count(*) FILTER (WHERE ${price} >= 1000000) AS rank3_bids`;
const TEN = (table: string): string => `TUMBLE(TABLE ${table}, DESCRIPTOR(\`dateTime\`), INTERVAL '10' SECOND)`;
const HOP = "HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND)";
const CHANNEL_ID = "(&|^)channel_id=([^&]*)";
const KNOWN_CHANNELS = "lower(channel) IN ('apple', 'google', 'facebook', 'baidu')";
const channelCase = (otherwise: string): string => `CASE lower(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE ${otherwise} END`;
const TIME_OF_DAY = "CASE WHEN hour(dateTime) >= 8 AND hour(dateTime) <= 18 THEN 'dayTime' WHEN hour(dateTime) <= 6 OR hour(dateTime) >= 20 THEN 'nightTime' ELSE 'otherTime' END";
const IN_TIME = `a.id = b.auction AND b.dateTime >= a.dateTime AND b.dateTime <= a.dateTime + ${BOUND} AND b.dateTime <= a.expires`;
const FLINK_IN_TIME = "a.id = b.auction AND b.`dateTime` BETWEEN a.`dateTime` AND a.`dateTime` + INTERVAL '2' SECOND AND b.`dateTime` <= a.expires";

export const QUERIES: readonly NexmarkQuery[] = [
  {
    name: "q0", title: "all bids as they are", reads: ["bid"],
    sql: "SELECT auction, bidder, price, dateTime, extra FROM bid",
    flink: "SELECT auction, bidder, price, `dateTime`, extra FROM bid",
  },
  {
    name: "q1", title: "prices in another currency", reads: ["bid"],
    sql: "SELECT auction, bidder, 0.908 * price AS price, dateTime, extra FROM bid",
    flink: "SELECT auction, bidder, 0.908 * price AS price, `dateTime`, extra FROM bid",
  },
  {
    name: "q2", title: "bids of some auctions", reads: ["bid"],
    sql: "SELECT auction, price FROM bid WHERE mod(auction, 123) = 0",
    flink: "SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0",
  },
  {
    name: "q3", title: "who sells in some states: join of persons and auctions, kept for ever", reads: ["auction", "person"],
    sql: "SELECT p.name, p.city, p.state, a.id FROM auction a JOIN person p ON a.seller = p.id WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')",
    flink: "SELECT p.name, p.city, p.state, a.id FROM auction a JOIN person p ON a.seller = p.id WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')",
  },
  {
    name: "q4-window", title: "average winning price by category, by the ten seconds in which the auction began", reads: ["auction", "bid"], closes: true,
    sql: `WITH won AS (SELECT a.id, a.category, window(a.dateTime, '10 seconds') AS at, max(b.price) AS final
  FROM auction a JOIN bid b ON ${IN_TIME} GROUP BY a.id, a.category, window(a.dateTime, '10 seconds'))
SELECT category, at.start AS start, avg(final) AS average FROM won GROUP BY category, at`,
    flink: `SELECT category, window_start, AVG(final) FROM (
  SELECT id, category, window_start, window_end, window_time, MAX(price) AS final FROM TUMBLE(DATA => (SELECT a.id, a.category, a.\`dateTime\`, b.price FROM auction a JOIN bid b ON ${FLINK_IN_TIME}), TIMECOL => DESCRIPTOR(\`dateTime\`), SIZE => INTERVAL '10' SECOND)
  GROUP BY id, category, window_start, window_end, window_time) GROUP BY category, window_start, window_end`,
  },
  {
    name: "q5", title: "auctions with most bids in ten seconds, each two seconds", reads: ["bid"], closes: true,
    sql: `WITH counts AS (SELECT auction, window, count(*) AS num FROM bid GROUP BY auction, window(dateTime, '10 seconds', '2 seconds')),
  most AS (SELECT window, max(num) AS maxn FROM counts GROUP BY window)
SELECT c.auction, c.num, c.window.start AS start FROM counts c JOIN most m ON c.window = m.window AND c.num >= m.maxn`,
    flink: `SELECT c.auction, c.num, c.window_start FROM (SELECT auction, COUNT(*) AS num, window_start, window_end FROM ${HOP} GROUP BY auction, window_start, window_end) c
JOIN (SELECT MAX(num) AS maxn, window_start, window_end FROM (SELECT COUNT(*) AS num, window_start, window_end FROM ${HOP} GROUP BY auction, window_start, window_end) GROUP BY window_start, window_end) m
ON c.window_start = m.window_start AND c.window_end = m.window_end AND c.num >= m.maxn`,
  },
  {
    name: "q7", title: "highest bids of ten seconds", reads: ["bid"], closes: true,
    sql: `WITH top AS (SELECT window_time(window) AS at, maxprice FROM (SELECT window, max(price) AS maxprice FROM bid GROUP BY window(dateTime, '10 seconds')))
SELECT b.auction, b.price, b.bidder, b.dateTime, b.extra FROM bid b JOIN top t ON b.price = t.maxprice AND b.dateTime > t.at - INTERVAL 10 SECONDS AND b.dateTime <= t.at`,
    flink: `SELECT b.auction, b.price, b.bidder, b.\`dateTime\`, b.extra FROM bid b JOIN (SELECT MAX(price) AS maxprice, window_time AS ends FROM ${TEN("bid")} GROUP BY window_start, window_end, window_time) t
ON b.price = t.maxprice AND b.\`dateTime\` BETWEEN t.ends - INTERVAL '10' SECOND AND t.ends`,
  },
  {
    name: "q8", title: "persons who began to sell within ten seconds", reads: ["auction", "person"], closes: true,
    sql: `WITH p AS (SELECT id, name, window FROM person GROUP BY id, name, window(dateTime, '10 seconds')),
  a AS (SELECT seller, window FROM auction GROUP BY seller, window(dateTime, '10 seconds'))
SELECT p.id, p.name, p.window.start AS start FROM p JOIN a ON p.id = a.seller AND p.window = a.window`,
    flink: `SELECT p.id, p.name, p.window_start FROM (SELECT id, name, window_start, window_end FROM ${TEN("person")} GROUP BY id, name, window_start, window_end) p
JOIN (SELECT seller, window_start, window_end FROM ${TEN("auction")} GROUP BY seller, window_start, window_end) a ON p.id = a.seller AND p.window_start = a.window_start AND p.window_end = a.window_end`,
  },
  {
    name: "q9-window", title: "winning bid of each auction, by the ten seconds in which it began", reads: ["auction", "bid"], closes: true,
    sql: `WITH won AS (SELECT a.id, a.itemName, a.category, a.seller, window(a.dateTime, '10 seconds') AS at, max(struct(b.price, -unix_micros(b.dateTime) AS early, b.bidder, b.extra)) AS best
  FROM auction a JOIN bid b ON ${IN_TIME} GROUP BY a.id, a.itemName, a.category, a.seller, window(a.dateTime, '10 seconds'))
SELECT id, itemName, category, seller, at.start AS start, best.price, best.bidder, best.extra FROM won`,
  },
  {
    name: "q11", title: "bids of a bidder in sessions with gaps of ten seconds", reads: ["bid"], closes: true,
    sql: "SELECT bidder, count(*) AS bid_count, session_window.start AS start, session_window.end AS end FROM bid GROUP BY bidder, session_window(dateTime, '10 seconds')",
    flink: "SELECT bidder, COUNT(*), window_start, window_end FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND) GROUP BY bidder, window_start, window_end",
  },
  {
    name: "q12", title: "bids of a bidder in ten seconds of processing time, as they change", reads: ["bid"], outputMode: "update",
    sql: "SELECT bidder, count(*) AS bid_count, window.start AS start FROM (SELECT bidder, current_timestamp() AS at FROM bid) GROUP BY bidder, window(at, '10 seconds')",
    compare: "SELECT bidder, sum(n) AS bid_count FROM (SELECT bidder, start, max(bid_count) AS n FROM result GROUP BY bidder, start) GROUP BY bidder",
  },
  {
    name: "q13", title: "bids with a value of a table", reads: ["bid"],
    sql: "SELECT b.auction, b.bidder, b.price, b.dateTime, s.value FROM bid b JOIN side_input s ON mod(b.auction, 10000) = s.key",
    flink: "SELECT b.auction, b.bidder, b.price, b.`dateTime`, s.`value` FROM bid b JOIN side_input s ON MOD(b.auction, 10000) = s.`key`",
  },
  {
    name: "q14", title: "calculations on a bid", reads: ["bid"],
    sql: `SELECT auction, bidder, 0.908 * price AS price, ${TIME_OF_DAY} AS bidTimeType, dateTime, extra, length(extra) - length(replace(extra, 'c', '')) AS c_counts
FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000`,
    flink: `SELECT auction, bidder, 0.908 * price AS price, ${TIME_OF_DAY.replaceAll("hour(dateTime)", "HOUR(`dateTime`)")} AS bidTimeType, \`dateTime\`, extra, CHAR_LENGTH(extra) - CHAR_LENGTH(REPLACE(extra, 'c', '')) AS c_counts
FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000`,
  },
  {
    name: "q15-window", title: "bids and bidders of ten seconds", reads: ["bid"], closes: true,
    sql: `WITH one AS (SELECT window, bidder, count(*) AS bids, ${RANKS("price")} FROM bid GROUP BY window(dateTime, '10 seconds'), bidder)
SELECT window.start AS start, sum(bids) AS total_bids, sum(rank1_bids) AS rank1_bids, sum(rank2_bids) AS rank2_bids, sum(rank3_bids) AS rank3_bids,
       count(*) AS total_bidders, count(*) FILTER (WHERE rank1_bids > 0) AS rank1_bidders, count(*) FILTER (WHERE rank2_bids > 0) AS rank2_bidders, count(*) FILTER (WHERE rank3_bids > 0) AS rank3_bidders
FROM one GROUP BY window`,
    flink: `SELECT window_start, COUNT(*) AS total_bids, ${RANKS("price")}, COUNT(DISTINCT bidder) AS total_bidders, COUNT(DISTINCT bidder) FILTER (WHERE price < 10000) AS rank1_bidders,
  COUNT(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bidders, COUNT(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS rank3_bidders
FROM ${TEN("bid")} GROUP BY window_start, window_end`,
  },
  {
    name: "q16-window", title: "bids and bidders of a channel in ten seconds", reads: ["bid"], closes: true,
    sql: `WITH one AS (SELECT channel, window, bidder, max(date_format(dateTime, 'HH:mm')) AS minute, count(*) AS bids, ${RANKS("price")} FROM bid GROUP BY channel, window(dateTime, '10 seconds'), bidder)
SELECT channel, window.start AS start, max(minute) AS minute, sum(bids) AS total_bids, sum(rank1_bids) AS rank1_bids, sum(rank2_bids) AS rank2_bids, sum(rank3_bids) AS rank3_bids,
       count(*) AS total_bidders, count(*) FILTER (WHERE rank1_bids > 0) AS rank1_bidders, count(*) FILTER (WHERE rank2_bids > 0) AS rank2_bidders, count(*) FILTER (WHERE rank3_bids > 0) AS rank3_bidders
FROM one GROUP BY channel, window`,
    flink: `SELECT channel, window_start, MAX(DATE_FORMAT(\`dateTime\`, 'HH:mm')) AS \`minute\`, COUNT(*) AS total_bids, ${RANKS("price")}, COUNT(DISTINCT bidder) AS total_bidders, COUNT(DISTINCT bidder) FILTER (WHERE price < 10000) AS rank1_bidders,
  COUNT(DISTINCT bidder) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bidders, COUNT(DISTINCT bidder) FILTER (WHERE price >= 1000000) AS rank3_bidders
FROM ${TEN("bid")} GROUP BY channel, window_start, window_end`,
  },
  {
    name: "q17-window", title: "bids of an auction in ten seconds", reads: ["bid"], closes: true,
    sql: `SELECT auction, window.start AS start, count(*) AS total_bids, ${RANKS("price")}, min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price) AS sum_price
FROM bid GROUP BY auction, window(dateTime, '10 seconds')`,
    flink: `SELECT auction, window_start, COUNT(*) AS total_bids, ${RANKS("price")}, MIN(price), MAX(price), AVG(price), SUM(price) FROM ${TEN("bid")} GROUP BY auction, window_start, window_end`,
  },
  {
    name: "q18-window", title: "last bid of a bidder for an auction in ten seconds", reads: ["bid"], closes: true,
    sql: `SELECT auction, bidder, last.* FROM (SELECT auction, bidder, max(struct(dateTime, price, channel, url, extra)) AS last FROM bid GROUP BY bidder, auction, window(dateTime, '10 seconds'))`,
    flink: `SELECT auction, bidder, price, channel, url, \`dateTime\`, extra FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, bidder, auction ORDER BY \`dateTime\` DESC) AS r FROM ${TEN("bid")}) WHERE r <= 1`,
  },
  {
    name: "q19-window", title: "ten highest bids for an auction in ten seconds", reads: ["bid"], closes: true,
    sql: `WITH top AS (SELECT auction, window, slice(sort_array(collect_list(struct(price, bidder, dateTime, extra)), false), 1, 10) AS bids FROM bid GROUP BY auction, window(dateTime, '10 seconds'))
SELECT auction, window.start AS start, bid.* FROM (SELECT auction, window, explode(bids) AS bid FROM top)`,
    flink: `SELECT auction, window_start, price, bidder, \`dateTime\`, extra FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, auction ORDER BY price DESC) AS r FROM ${TEN("bid")}) WHERE r <= 10`,
  },
  {
    name: "q20", title: "bids with their auction: join kept for ever", reads: ["auction", "bid"],
    sql: `SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.dateTime, b.extra, a.itemName, a.description, a.initialBid, a.reserve, a.dateTime AS auctionTime, a.expires, a.seller, a.category, a.extra AS auctionExtra
FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10`,
    flink: `SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.\`dateTime\`, b.extra, a.itemName, a.description, a.initialBid, a.reserve, a.\`dateTime\` AS auctionTime, a.expires, a.seller, a.category, a.extra AS auctionExtra
FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10`,
  },
  {
    name: "q21", title: "the channel's id out of the address", reads: ["bid"],
    sql: `SELECT auction, bidder, price, channel, ${channelCase(`regexp_extract(url, '${CHANNEL_ID}', 2)`)} AS channel_id FROM bid WHERE regexp_extract(url, '${CHANNEL_ID}', 2) <> '' OR ${KNOWN_CHANNELS}`,
    flink: `SELECT auction, bidder, price, channel, ${channelCase(`REGEXP_EXTRACT(url, '${CHANNEL_ID}', 2)`)} AS channel_id FROM bid WHERE REGEXP_EXTRACT(url, '${CHANNEL_ID}', 2) IS NOT NULL OR ${KNOWN_CHANNELS}`,
  },
  {
    name: "q22", title: "parts of the address", reads: ["bid"],
    sql: "SELECT auction, bidder, price, channel, split(url, '/')[3] AS dir1, split(url, '/')[4] AS dir2, split(url, '/')[5] AS dir3 FROM bid",
    flink: "SELECT auction, bidder, price, channel, SPLIT_INDEX(url, '/', 3) AS dir1, SPLIT_INDEX(url, '/', 4) AS dir2, SPLIT_INDEX(url, '/', 5) AS dir3 FROM bid",
  },
];

/** Four shapes that most streaming queries are made of. */
export const SHAPES: readonly NexmarkQuery[] = [
  {
    name: "sliding-count", title: "count by auction, 10 s each 2 s", reads: ["bid"], closes: true,
    sql: "SELECT auction, window.start AS start, count(*) AS n FROM bid GROUP BY auction, window(dateTime, '10 seconds', '2 seconds')",
    flink: `SELECT auction, window_start, COUNT(*) FROM ${HOP} GROUP BY auction, window_start, window_end`,
  },
  {
    name: "tumbling-count", title: "count by bidder, 10 s", reads: ["bid"], closes: true,
    sql: "SELECT bidder, window.start AS start, count(*) AS n FROM bid GROUP BY bidder, window(dateTime, '10 seconds')",
    flink: `SELECT bidder, window_start, COUNT(*) FROM ${TEN("bid")} GROUP BY bidder, window_start, window_end`,
  },
  {
    name: "person-auction-join", title: "auctions within 10 s after their seller came", reads: ["auction", "person"],
    sql: "SELECT p.id, p.name, a.id AS auction, a.dateTime FROM person p JOIN auction a ON p.id = a.seller AND a.dateTime >= p.dateTime AND a.dateTime <= p.dateTime + INTERVAL 10 SECONDS",
    flink: "SELECT p.id, p.name, a.id AS auction, a.`dateTime` FROM person p JOIN auction a ON p.id = a.seller AND a.`dateTime` BETWEEN p.`dateTime` AND p.`dateTime` + INTERVAL '10' SECOND",
  },
  {
    name: "bid-auction-join", title: "bids within 10 s after their auction began", reads: ["auction", "bid"],
    sql: "SELECT b.auction, b.bidder, b.price, a.category, a.seller FROM bid b JOIN auction a ON b.auction = a.id AND b.dateTime >= a.dateTime AND b.dateTime <= a.dateTime + INTERVAL 10 SECONDS",
    flink: "SELECT b.auction, b.bidder, b.price, a.category, a.seller FROM bid b JOIN auction a ON b.auction = a.id AND b.`dateTime` BETWEEN a.`dateTime` AND a.`dateTime` + INTERVAL '10' SECOND",
  },
];

export interface RefusedQuery {
  readonly name: string;
  readonly sql: string;
}

const DAY = "date_format(dateTime, 'yyyy-MM-dd')";
const DISTINCT_BIDDERS = "count(DISTINCT bidder) AS total_bidders";
/** The originals of those that were rewritten: Spark refuses them as streams in append mode. */
export const REFUSED: readonly RefusedQuery[] = [
  {
    name: "q4",
    sql: `SELECT category, avg(final) AS average FROM (SELECT max(b.price) AS final, a.category FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires GROUP BY a.id, a.category) GROUP BY category`,
  },
  {
    name: "q9",
    sql: `SELECT id, price, bidder FROM (SELECT a.id, b.price, b.bidder, row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime) AS r FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires) WHERE r <= 1`,
  },
  { name: "q15", sql: `SELECT ${DAY} AS day, count(*) AS total_bids, ${RANKS("price")}, ${DISTINCT_BIDDERS} FROM bid GROUP BY ${DAY}` },
  { name: "q16", sql: `SELECT channel, ${DAY} AS day, count(*) AS total_bids, ${RANKS("price")}, ${DISTINCT_BIDDERS} FROM bid GROUP BY channel, ${DAY}` },
  { name: "q17", sql: `SELECT auction, ${DAY} AS day, count(*) AS total_bids, min(price), max(price), avg(price), sum(price) FROM bid GROUP BY auction, ${DAY}` },
  { name: "q18", sql: "SELECT auction, bidder, price FROM (SELECT *, row_number() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC) AS r FROM bid) WHERE r <= 1" },
  { name: "q19", sql: "SELECT auction, bidder, price FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC) AS r FROM bid) WHERE r <= 10" },
];
