"""Say it in a shell: each verb parses its options, makes one public call and prints."""
