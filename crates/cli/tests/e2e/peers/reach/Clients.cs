using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;

/// <summary>
/// Presents a refresh token by clients of .NET, at each server that is named: <c>Clients CLIENT,... URL...</c>.
/// </summary>
/// <remarks>The client_id of each request says which client it was, so that a test can tell who came through.</remarks>
public static class Clients
{
    public static void Main(string[] arguments)
    {
        var clients = arguments[0].Split(',');
        foreach (var url in arguments.Skip(1))
        {
            foreach (var client in clients)
            {
                Play(client, url);
            }
        }
    }

    private static void Play(string client, string url)
    {
        try
        {
            var status = client == "web-request" ? WithWebRequest(client, url) : WithHttpClient(client, url);
            if (status != 400 && status != 401)
            {
                Console.Error.WriteLine($"{client} at {url}: {status}");
            }
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"{client} at {url}: {error.GetBaseException().Message}");
        }
    }

    private static Dictionary<string, string> Form(string client) => new Dictionary<string, string>
    {
        ["grant_type"] = "refresh_token",
        ["refresh_token"] = "secret-of-" + client,
        ["client_id"] = client,
    };

    private static int WithHttpClient(string client, string url)
    {
        var handler = new HttpClientHandler { UseProxy = client != "http-client-no-proxy" };
        using (var http = new HttpClient(handler))
        {
            return (int)http.PostAsync(url, new FormUrlEncodedContent(Form(client))).Result.StatusCode;
        }
    }

    private static int WithWebRequest(string client, string url)
    {
        var request = (HttpWebRequest)WebRequest.Create(url);
        request.Method = "POST";
        request.ContentType = "application/x-www-form-urlencoded";
        var form = string.Join("&", Form(client).Select(it => it.Key + "=" + it.Value));
        using (var body = request.GetRequestStream())
        {
            body.Write(Encoding.UTF8.GetBytes(form), 0, form.Length);
        }
        try
        {
            return (int)((HttpWebResponse)request.GetResponse()).StatusCode;
        }
        catch (WebException refused) when (refused.Response is HttpWebResponse answer)
        {
            return (int)answer.StatusCode;
        }
    }
}
