"""The pages behind links in mails: a GET shows and never records, a POST acts."""
