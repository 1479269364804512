"""The pages behind the links in mails: the signed link is the key, a GET shows and never records, a POST acts."""
