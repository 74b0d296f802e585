"""Single sign-on with an OpenID Connect provider that the operator has configured."""
