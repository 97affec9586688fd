"""A comment's life in public: submit, judge, record, list, edit, erase."""
