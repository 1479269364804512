"""The pages behind signed links in mails: a GET shows and never records, a POST acts."""
