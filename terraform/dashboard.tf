locals {
  # Title and metric lines of each graph, drawn two a row.
  graphs = [
    {
      title = "Cycles"
      metrics = [
        [local.metrics_namespace, "CyclesCompleted", "service", local.name],
        [local.metrics_namespace, "QlikUnreachable", "service", local.name],
      ]
    },
    {
      title   = "Restarts"
      metrics = [for name in ["RestartsRequested", "RestartsFailed"] : [local.metrics_namespace, name, "service", local.name]]
    },
    {
      title   = "Incidents"
      metrics = [for name in ["IncidentsOpened", "IncidentsHealed", "IncidentsEscalated"] : [local.metrics_namespace, name, "service", local.name]]
    },
    {
      title   = "Executions"
      metrics = [for name in concat(["ExecutionsStarted", "ExecutionsSucceeded"], keys(local.execution_alarms)) : ["AWS/States", name, "StateMachineArn", aws_sfn_state_machine.monitor.arn]]
    },
    {
      title   = "Errors of functions"
      metrics = [for function in module.function : ["AWS/Lambda", "Errors", "FunctionName", function.name]]
    },
    {
      title   = "Longest run of functions (ms)"
      stat    = "Maximum"
      metrics = [for function in module.function : ["AWS/Lambda", "Duration", "FunctionName", function.name]]
    },
    {
      title   = "Approval address"
      metrics = [for name in ["Count", "4XXError", "5XXError"] : ["AWS/ApiGateway", name, "ApiName", aws_api_gateway_rest_api.approvals.name, "Stage", local.api_stage]]
    },
    {
      title   = "Model"
      metrics = [for name in ["ModelCalls", "ModelCacheHits", "ModelUnusable", "ModelBudgetSpent"] : [local.metrics_namespace, name, "service", local.name]]
    },
    {
      title   = "Cost of the model (tokens, millionths of a US dollar)"
      metrics = [for name in ["ModelPromptTokens", "ModelCompletionTokens", "ModelMicroDollars"] : [local.metrics_namespace, name, "service", local.name]]
    },
    {
      title = "Table"
      metrics = [
        for name in ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ThrottledRequests"] :
        ["AWS/DynamoDB", name, "TableName", aws_dynamodb_table.history.name]
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "monitor" {
  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = [
      for index, graph in local.graphs : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = graph.title
          region  = local.region
          stat    = lookup(graph, "stat", "Sum")
          period  = 300
          metrics = graph.metrics
        }
      }
    ]
  })
}
