-- One row for each customer of the CRM. The number stays text: as a number it would lose its plus sign.
select
  trim(phone)                              as MessagingPlatformKey,
  c.Id                                     as MessagingChannelId,
  c.MessageType                            as MessageType,
  customer                                 as Name,
  coalesce(consent, 'ImplicitlyOptedIn')   as MessagingConsentStatus
from raw_customers
left join stg_channels c on c.MasterLabel = raw_customers.channel
order by customer_id
