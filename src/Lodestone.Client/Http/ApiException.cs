using System.Net;
using Lodestone.Api.Meta;

namespace Lodestone.Client.Http;

/// <summary>The API server refused a request. The connection and the client go on working.</summary>
public sealed class ApiException : Exception
{
    /// <summary>An error without a status.</summary>
    public ApiException()
        : this("the API server refused the request")
    {
    }

    /// <summary>An error that says what is wrong.</summary>
    public ApiException(string message)
        : this(message, innerException: null)
    {
    }

    /// <summary>An error that says what is wrong, and its cause.</summary>
    public ApiException(string message, Exception? innerException)
        : base(message, innerException) => Status = new Status { Message = message };

    /// <summary>What was attempted, and the server's answer.</summary>
    /// <param name="request">What was attempted, such as <c>PUT loadbalancers default/web</c>.</param>
    /// <param name="status">The server's answer.</param>
    public ApiException(string request, Status status)
        : base($"{request}: {status.Message ?? status.Reason ?? "no reason given"} ({status.Code} {status.Reason})") => Status = status;

    /// <summary>The server's answer; made up from the HTTP status where the server sent none.</summary>
    public Status Status { get; }

    /// <summary>The HTTP status code.</summary>
    public HttpStatusCode StatusCode => (HttpStatusCode)(Status.Code ?? 0);

    /// <summary>The reason for programs, such as <c>NotFound</c>; empty where the server gave none.</summary>
    public string Reason => Status.Reason ?? "";

    /// <summary>When the server wants to see the request again; null where it didn't say.</summary>
    public TimeSpan? RetryAfter => Status.Details?.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Whether the object, its namespace or its kind doesn't exist.</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>Whether a create met an object of the same name.</summary>
    public bool IsAlreadyExists => Reason == "AlreadyExists";

    /// <summary>Whether the object changed since it was read, or isn't the one that was meant.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && !IsAlreadyExists;

    /// <summary>Whether the resource version or the page token is no longer served: list again.</summary>
    public bool IsExpired => StatusCode == HttpStatusCode.Gone || Reason is "Expired" or "Gone";

    /// <summary>Whether nothing new is taken because the namespace is being deleted.</summary>
    public bool IsNamespaceTerminating => Status.Details?.Causes?.Exists(c => c.Reason == "NamespaceTerminating") == true;

    /// <summary>Whether the server has not yet seen, or has forgotten, the resource version we ask for.</summary>
    public bool IsTooLargeResourceVersion =>
        Status.Details?.Causes?.Exists(c => c.Reason == "ResourceVersionTooLarge") == true
        || (Reason == "Timeout" && Message.Contains("Too large resource version", StringComparison.Ordinal));
}
