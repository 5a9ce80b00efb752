-- Eleven rules that SQL can express, as an expert would write them by hand for DuckDB: one row per rule with the number
-- of records found. Placeholders: {users}, {sessions}, {channels} are table functions over the files; {as_of} is text.
-- Timestamps are text in the files, as they are in every export; as in the product they are parsed, not trusted.
WITH
  channel AS (
    SELECT Id, first(MessageType ORDER BY nr) AS MessageType, first(PlatformType ORDER BY nr) AS PlatformType
    FROM (SELECT *, row_number() OVER () AS nr FROM {channels})
    WHERE regexp_full_match(Id, '0Mj[0-9A-Za-z]{{12}}([0-9A-Za-z]{{3}})?')
    GROUP BY Id
  ),
  users AS MATERIALIZED (
    SELECT
      u.Id, u.MessagingChannelId, u.MessageType, u.MessagingPlatformKey, u.nr,
      coalesce(c.MessageType, u.MessageType) AS kind, c.Id AS channel, c.MessageType AS channel_type,
      coalesce(c.PlatformType, 'Enhanced') AS platform,
      try_cast(u.LastInboundMessageTime AS TIMESTAMPTZ) AS last_inbound
    FROM (SELECT *, file_row_number AS nr FROM {users}) u LEFT JOIN channel c ON c.Id = u.MessagingChannelId
  ),
  sessions AS MATERIALIZED (
    SELECT
      Id, MessagingEndUserId, Status, OwnerId, file_row_number AS nr,
      try_cast(StartTime AS TIMESTAMPTZ) AS started,
      try_cast(AcceptTime AS TIMESTAMPTZ) AS accepted,
      try_cast(EndTime AS TIMESTAMPTZ) AS ended
    FROM {sessions}
  ),
  live AS (
    SELECT MessagingEndUserId, count(*) AS sessions, count(DISTINCT OwnerId) AS owners
    FROM sessions
    WHERE Status NOT IN ('Ended', 'Error') AND MessagingEndUserId IS NOT NULL
    GROUP BY MessagingEndUserId
    HAVING count(*) > 1
  )
SELECT 'U101' AS code, count(*) AS found FROM users
  WHERE kind = 'Text' AND NOT regexp_full_match(MessagingPlatformKey, '\+[1-9][0-9]{{1,14}}')
UNION ALL SELECT 'U201', count(*) FROM users
  WHERE MessagingPlatformKey IS NULL OR MessageType IS NULL OR (kind = 'Text' AND MessagingChannelId IS NULL)
UNION ALL SELECT 'U205', coalesce(sum(n - 1), 0)::BIGINT FROM (
    SELECT count(*) AS n FROM users WHERE Id IS NOT NULL GROUP BY Id HAVING count(*) > 1)
UNION ALL SELECT 'U206', coalesce(sum(n - 1), 0)::BIGINT FROM (
    SELECT count(*) AS n FROM users
    WHERE MessagingChannelId IS NOT NULL AND MessagingPlatformKey IS NOT NULL
    GROUP BY MessagingChannelId,
      CASE WHEN kind IN ('Text', 'WhatsApp') THEN regexp_replace(MessagingPlatformKey, '[^0-9]', '', 'g')
           ELSE MessagingPlatformKey END
    HAVING count(*) > 1)
UNION ALL SELECT 'U302', count(*) FROM users WHERE MessagingChannelId IS NOT NULL AND channel IS NULL
UNION ALL SELECT 'U304', count(*) FROM users WHERE channel_type <> MessageType
UNION ALL SELECT 'W101', count(*) FROM users
  WHERE kind = 'WhatsApp' AND platform = 'Enhanced'
    AND last_inbound < TIMESTAMPTZ '{as_of}' - INTERVAL 24 HOUR
UNION ALL SELECT 'S101', count(*) FROM sessions
  WHERE Status = 'New' AND started < TIMESTAMPTZ '{as_of}' - INTERVAL 48 HOUR
UNION ALL SELECT 'S102', coalesce(sum(sessions - 1), 0)::BIGINT FROM live WHERE owners > 1
UNION ALL SELECT 'S301', count(*) FROM sessions s
  WHERE MessagingEndUserId IS NOT NULL AND NOT EXISTS (SELECT 1 FROM users u WHERE u.Id = s.MessagingEndUserId)
UNION ALL SELECT 'S403', count(*) FROM sessions WHERE started > accepted OR accepted > ended OR started > ended
