-- Channels as they were exported, with the names of Salesforce fields.
select Id, MasterLabel, MessageType, PlatformType, IsActive, ConsentType from raw_channels
