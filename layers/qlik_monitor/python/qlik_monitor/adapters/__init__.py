"""One module per thing outside us; each translates foreign data and errors into ours."""
