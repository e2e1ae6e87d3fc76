# Off by default: the functions reach Qlik over the internet. With subnets they run inside a VPC,
# for a Qlik server that only answers there.

locals {
  in_vpc = var.vpc_id != null

  # Secrets Manager, SNS and Step Functions are what functions call. Lambda delivers their logs
  # itself; the endpoint is for what else in the subnets writes logs.
  endpoint_services = var.create_vpc_endpoints ? toset(["logs", "secretsmanager", "sns", "states"]) : toset([])

  # 443, and the port of an address that names another one.
  outbound_ports = toset(concat(["443"], flatten(
    [for address in [var.qlik_api_endpoint, var.openai_base_url, var.oidc_issuer] : regexall("^https?://[^/]*:([0-9]+)(?:/|$)", address)]
  )))
}

resource "aws_security_group" "functions" {
  count = local.in_vpc ? 1 : 0

  name_prefix = "${local.name}-functions-"
  description = "Functions of the Qlik replication agent: they call out, nothing calls in."
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "functions" {
  for_each = local.in_vpc ? local.outbound_ports : toset([])

  security_group_id = aws_security_group.functions[0].id
  description       = "Qlik, the model, the sign-in and AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_security_group" "endpoints" {
  count = var.create_vpc_endpoints ? 1 : 0

  name_prefix = "${local.name}-endpoints-"
  description = "VPC endpoints of the Qlik replication agent."
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.create_vpc_endpoints ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "The functions"
  referenced_security_group_id = aws_security_group.functions[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.endpoint_services

  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${local.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.subnet_ids
  security_group_ids  = aws_security_group.endpoints[*].id
  private_dns_enabled = true

  tags = { Name = "${local.name}-${each.value}" }
}

resource "aws_vpc_endpoint" "dynamodb" {
  count = var.create_vpc_endpoints ? 1 : 0

  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${local.region}.dynamodb"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.route_table_ids

  tags = { Name = "${local.name}-dynamodb" }
}
